import { type Identity, publicKeyOf } from '../access/index.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import {
  type BitTorrent,
  type BitTorrentConfig,
  type Dht,
  immutableItem,
  type MutableItem,
  mutableItem,
  mutableTarget,
  targetOf,
} from '../bittorrent/index.ts'
import type { DhtHost, StoredItem } from '../services/dht/index.ts'
import type { Config } from './config.ts'
import type { KeptItems } from './kept-items.ts'

const off = { state: 'off', nodes4: 0, nodes6: 0, addresses: [], swarms: 0, items: 0 } as const

/** The DHT of this peer, for its service; it signs with the key of the peer. */
export function dhtHost(
  identity: Identity,
  bitTorrent: BitTorrent | undefined,
  kept: KeptItems,
  config: Config,
): DhtHost {
  config.onChange('bittorrent.dht', { apply: isOn => bitTorrent?.switchDht(isOn as boolean) })
  const opened = (): Dht => {
    const dht = bitTorrent?.openDht()
    if (dht === undefined)
      throw new PeerageError(
        'network.unreachable',
        'There is no DHT: it is switched off (`bittorrent.dht`), or this peer is offline.',
      )
    return dht
  }
  return {
    peerId: identity.peerId,
    keyOf: publicKeyOf,
    report: () => ({
      ...(bitTorrent?.dht?.status() ?? off),
      enabled: bitTorrent !== undefined && config.section<BitTorrentConfig>('bittorrent').dht,
    }),
    async keepEnabled(enabled) {
      await config.set('bittorrent.dht', enabled)
    },
    async get(what, signal) {
      const isKey = 'publicKey' in what
      const target = isKey ? mutableTarget(what.publicKey, what.salt) : what.target
      return opened().get(target, { signal, ...(isKey && { salt: what.salt }) })
    },
    put: (text, salt, signal) =>
      salt === undefined
        ? store(opened(), immutableItem(utf8(text)), { signal })
        : putSigned(opened(), identity, { text, salt, signal }, kept),
  }
}

/** One number higher than what is there, and in place of that only: another device with the same key may be at it too. */
async function putSigned(
  dht: Dht,
  { publicKey, sign }: Identity,
  { text, salt, signal }: { text: string; salt: Uint8Array; signal: AbortSignal },
  kept: KeptItems,
): Promise<StoredItem> {
  const before = (await dht.get(mutableTarget(publicKey, salt), { salt, signal })) as MutableItem | undefined
  const seq = (before?.seq ?? 0n) + 1n
  const item = mutableItem({ value: utf8(text), publicKey, seq, salt }, sign)
  const stored = await store(dht, item, { signal, ...(before && { cas: before.seq }) })
  kept.keep(item)
  return { ...stored, seq }
}

async function store(
  dht: Dht,
  item: Parameters<Dht['put']>[0],
  options: { signal: AbortSignal; cas?: bigint },
): Promise<StoredItem> {
  const { nodes } = await dht.put(item, options)
  if (nodes === 0) throw new PeerageError('network.unreachable', 'No node of the DHT took the item.')
  return { target: targetOf(item), nodes }
}
