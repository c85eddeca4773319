import type { Socket } from 'node:net'
import { toHex, type World } from '../base/index.ts'
import { type Endpoint, type Network, unmapped } from '../network/index.ts'
import type { ByteStream, PublicContent, PublicMembership, PublicNetwork } from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import { Connector } from './connector.ts'
import { Discovery } from './discovery.ts'
import { makePeerId } from './peer-id.ts'
import { type OwnHandshake, receiveHands, type SwarmNames, tcpStream } from './pipes/index.ts'
import { PublicSwarm } from './public-swarm.ts'

export interface BitTorrentOptions {
  readonly world: World
  readonly network: Network
  readonly config: BitTorrentConfig
}

/** The public BitTorrent network: every content that joins is announced, found and exchanged there. */
export class BitTorrent implements PublicNetwork {
  readonly name = 'bittorrent'
  readonly peerId: Uint8Array
  readonly #options: BitTorrentOptions
  readonly #own: OwnHandshake
  readonly #connector: Connector
  readonly #swarms = new Map<string, PublicSwarm>()
  readonly #names: SwarmNames
  readonly #unclaim: (() => void)[] = []
  #handshakes = 0
  #started = false

  constructor(options: BitTorrentOptions) {
    this.#options = options
    const { world, network, config } = options
    this.peerId = makePeerId(world.random)
    this.#own = {
      peerId: this.peerId,
      flags: { fast: true, extended: true, dht: config.dht && network.datagrams !== undefined, v2: true },
    }
    this.#names = {
      has: name => this.#swarms.has(toHex(name)),
      all: () => this.#allNames(),
    }
    this.#connector = new Connector({
      world,
      network,
      config,
      own: this.#own,
      utp: undefined,
      mayTalk: ip => this.#mayTalk(ip),
    })
  }

  /** Nothing is sent to the public network before the first public content joins. */
  join(content: PublicContent): PublicMembership {
    this.#start()
    const swarm = new PublicSwarm({
      world: this.#options.world,
      config: this.#options.config,
      content,
      connector: this.#connector,
      peerId: this.peerId,
      discover: one => new Discovery({ ...this.#options, finders: {} }, one),
      mayTalk: ip => this.#mayTalk(ip),
      onDhtNode: () => undefined,
      onChanged: one => this.#enter(one),
      onLeave: one => this.#forget(one),
    })
    this.#enter(swarm)
    return swarm
  }

  async stop(): Promise<void> {
    for (const unclaim of this.#unclaim.splice(0)) unclaim()
    await Promise.all([...new Set(this.#swarms.values())].map(swarm => swarm.leave()))
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const { network, config } = this.#options
    if (config.tcp && network.port !== undefined) this.#claimTcp()
  }

  #claimTcp(): void {
    const { network } = this.#options
    const receive = (socket: Socket, head: Uint8Array): void => {
      const { remoteAddress: address, remotePort: port } = socket
      if (address === undefined || port === undefined) socket.destroy()
      else void this.#receive(tcpStream(socket, { head }), { address: unmapped(address), port }, 'tcp')
    }
    this.#unclaim.push(
      network.claim({ name: 'bittorrent', matches: isBitTorrent, receive }),
      // What is nothing else is taken for the random bytes that an encrypted connection begins with: asked last.
      network.claim({ name: 'bittorrent encrypted', matches: isNothingElse, receive }),
    )
  }

  async #receive(stream: ByteStream, from: Endpoint, over: 'tcp' | 'utp'): Promise<void> {
    const { world, config } = this.#options
    if (!this.#mayTalk(from.address) || this.#handshakes >= config.maxHandshakes)
      return stream.abort(new Error('not now'))
    this.#handshakes++
    try {
      const { encryption, handshakeTimeoutMs: timeoutMs } = config
      const own = this.#own
      const shaken = await receiveHands({ stream, names: this.#names, own, encryption, world, timeoutMs })
      const swarm = this.#swarms.get(toHex(shaken.infoHash))
      if (swarm === undefined) shaken.stream.abort(new Error('unknown content'))
      else swarm.welcome(shaken, from, over)
    } catch (error) {
      stream.abort(error as Error)
    } finally {
      this.#handshakes--
    }
  }

  #mayTalk(ip: string): boolean {
    return this.#options.network.mayReach(ip)
  }

  /** Metadata may bring the other name of a hybrid. */
  #enter(swarm: PublicSwarm): void {
    for (const name of swarm.content.names) this.#swarms.set(toHex(name), swarm)
  }

  #forget(swarm: PublicSwarm): void {
    for (const [name, other] of this.#swarms) if (other === swarm) this.#swarms.delete(name)
  }

  *#allNames(): Iterable<Uint8Array> {
    for (const swarm of new Set(this.#swarms.values())) yield* swarm.content.names
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
