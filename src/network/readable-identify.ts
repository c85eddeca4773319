import { type Identify, type IdentifyComponents, identify } from '@libp2p/identify'
import type { PeerStore } from '@libp2p/interface'
import type { Identity } from '../access/index.ts'
import type { World } from '../base/index.ts'
import { signPeerRecord } from './peer-record.ts'

/**
 * libp2p's `identify`, with a signed record that others can read: js-libp2p refuses all that a peer says of itself when that record names an
 * address of a kind that it does not know, as ours over UDX. The unsigned list beside it, in which unknown ones are skipped, has them all.
 */
export function readableIdentify(
  identity: Identity,
  world: World,
): (components: IdentifyComponents) => Identify {
  return components => {
    const { peerStore, peerId, privateKey, registrar, addressManager, events, logger, nodeInfo } = components
    const envelope = (): Uint8Array => {
      const addresses = addressManager.getAddresses().map(address => address.toString())
      const known = addresses.filter(address => !address.split('/').includes('udx'))
      return signPeerRecord(identity, { seq: Math.floor(world.wallTime()), addresses: known })
    }
    const get: PeerStore['get'] = async (id, options) => {
      const peer = await peerStore.get(id, options)
      return id.equals(peerId) ? { ...peer, peerRecordEnvelope: envelope() } : peer
    }
    const readable = new Proxy(peerStore, {
      get(target, name) {
        if (name === 'get') return get
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const own = { peerId, privateKey, registrar, addressManager, events, logger, nodeInfo }
    return identify()({ ...own, peerStore: readable })
  }
}
