import type { Socket } from 'node:net'
import type { World } from '../base/index.ts'
import { type Endpoint, type Network, unmapped } from '../network/index.ts'
import type { ByteStream } from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import { KeyExchangeLimit } from './key-exchange-limit.ts'
import { type OwnHandshake, receiveHands, tcpStream } from './pipes/index.ts'
import type { SwarmTable } from './swarm-table.ts'

export interface IncomingParts {
  readonly world: World
  readonly network: Network
  readonly config: BitTorrentConfig
  readonly own: OwnHandshake
  readonly swarms: SwarmTable
  mayTalk(ip: string): boolean
}

/** Peers that come to us: the shared port hands them over, their handshake says to which swarm. */
export class Incoming {
  readonly #parts: IncomingParts
  readonly #keyExchanges: KeyExchangeLimit
  #handshakes = 0

  constructor(parts: IncomingParts) {
    this.#parts = parts
    this.#keyExchanges = new KeyExchangeLimit(parts.world, parts.config.maxKeyExchanges)
  }

  /** Takes what comes on the TCP port. Returns what ends that. */
  claimTcp(): (() => void)[] {
    const { network } = this.#parts
    const receive = (socket: Socket, head: Uint8Array): void => {
      const { remoteAddress: address, remotePort: port } = socket
      if (address === undefined || port === undefined) socket.destroy()
      else void this.receive(tcpStream(socket, { head }), { address: unmapped(address), port }, 'tcp')
    }
    return [
      network.claim({ name: 'bittorrent', matches: isBitTorrent, receive }),
      // What is nothing else is taken for the random bytes that an encrypted connection begins with: asked last.
      network.claim({ name: 'bittorrent encrypted', takesRest: true, matches: isNothingElse, receive }),
    ]
  }

  /** Shakes hands, and lets who names content of ours into its swarm. */
  async receive(stream: ByteStream, from: Endpoint, over: 'tcp' | 'utp'): Promise<void> {
    const { world, config, network, own, swarms, mayTalk } = this.#parts
    if (!mayTalk(from.address) || this.#handshakes >= config.maxHandshakes)
      return stream.abort(new Error('not now'))
    // TCP connections are counted where they are accepted.
    if (over === 'utp') network.reachability.connectedFrom(from.address)
    this.#handshakes++
    try {
      const { encryption, handshakeTimeoutMs: timeoutMs } = config
      const shaken = await receiveHands({
        stream,
        names: swarms,
        own,
        encryption,
        mayExchangeKeys: () => this.#keyExchanges.allows(),
        world,
        timeoutMs,
      })
      const swarm = swarms.get(shaken.infoHash)
      if (swarm === undefined) shaken.stream.abort(new Error('unknown content'))
      else swarm.welcome(shaken, from, over)
    } catch (error) {
      stream.abort(error as Error)
    } finally {
      this.#handshakes--
    }
  }
}

function isBitTorrent(head: Uint8Array): boolean | undefined {
  if (head[0] !== 19) return false
  return head.length < 2 ? undefined : head[1] === 0x42
}

/** Asked after all others said no; a web request is no encrypted peer. */
function isNothingElse(head: Uint8Array): boolean | undefined {
  if (head.length < 4) return undefined
  const text = String.fromCharCode(...head.subarray(0, 4))
  return !['GET ', 'POST', 'HEAD', '\x13/mu'].includes(text)
}
