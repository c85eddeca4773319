import type { CID } from 'multiformats/cid'
import { PeerageError, type World } from '../../base/index.ts'
import type { VerifiedBlock } from '../../content/index.ts'
import type { Network, PeerStream } from '../../network/index.ts'
import { RateLimit } from '../../swarm/index.ts'
import type { BlockSink, BlockSource, Blocks, FoundBlock } from '../ports.ts'
import { Asked } from './asked.ts'
import { BlockMemory } from './block-memory.ts'
import type { BitswapConfig } from './config.ts'
import { bitswapProtocols, Link } from './link.ts'
import { Customer, Server } from './server.ts'

export interface BitswapOptions {
  readonly world: World
  readonly network: Pick<Network, 'handle' | 'unhandle' | 'open' | 'on' | 'connections'>
  readonly config: BitswapConfig
  readonly blocks: Pick<Blocks, 'find' | 'onArrival'>
  /** Whether a peer may have that block. */
  mayServe(peer: string, cid: CID, block: FoundBlock): boolean
  /** What is sent may not go faster; no limit when left out. */
  readonly upload?: RateLimit
}

/** Payload, in bytes. */
export interface BitswapStats {
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Peers that something is exchanged with, or was lately. */
  readonly peers: number
  /** Peers that are not dealt with, and why. */
  readonly shunned: ReadonlyMap<string, string>
}

/** Parallel wants that a peer is given at most. */
const mostAtOnce = 256

/** Everything between this peer and another one. */
interface Partner {
  readonly peer: string
  readonly link: Link
  readonly asked: Asked
  readonly customer: Customer
  unasked: number
  /** How often in a row what was sent may have been lost, without a block since. */
  losses: number
}

/** The exchange of blocks with peers (Bitswap 1.2.0 and 1.1.0), in both roles. */
export class Bitswap {
  readonly #options: BitswapOptions
  readonly #server: Server
  readonly #partners = new Map<string, Partner>()
  readonly #shunned = new Map<string, { readonly reason: string; readonly until: number }>()
  readonly #speakers = new Set<string>()
  readonly #met = new Set<(peer: string) => void>()
  readonly #memory = new BlockMemory()
  readonly #unsubscribe: (() => void)[] = []
  #held = 0
  #receivedBytes = 0
  /** By those who are gone. */
  #sentBytes = 0

  constructor(options: BitswapOptions) {
    this.#options = options
    const { world, config, blocks, mayServe, upload = new RateLimit() } = options
    this.#server = new Server({ world, config, blocks, limit: upload, mayServe })
  }

  start(): void {
    const { network, blocks } = this.#options
    for (const protocol of bitswapProtocols) network.handle(protocol, stream => this.#accept(stream))
    this.#unsubscribe.push(
      network.on('peer-identified', ({ peer, protocols }) => {
        if (protocols.some(protocol => bitswapProtocols.some(own => own === protocol))) this.#spoke(peer)
        else this.#speakers.delete(peer)
      }),
      network.on('connection-closed', ({ peer, connection }) => {
        const customer = this.#partners.get(peer)?.customer
        if (customer?.askedOn(connection)) this.#server.cutOff(customer)
      }),
      network.on('path-changed', ({ peer, connection }) => {
        // What we asked for would come the old way to its end, which through a relay is slow and soon over. Who is asked follows.
        const partner = this.#partners.get(peer)
        if (partner !== undefined && partner.asked.size > 0) partner.link.moveTo(connection)
      }),
      network.on('peer-disconnected', ({ peer }) => {
        this.#speakers.delete(peer)
        this.#drop(peer, new PeerageError('network.unreachable', 'The peer has left.'))
      }),
      ...(blocks.onArrival === undefined ? [] : [blocks.onArrival(hash => this.#server.arrived(hash))]),
    )
  }

  stop(): void {
    for (const protocol of bitswapProtocols) this.#options.network.unhandle(protocol)
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.#server.stop()
    for (const peer of [...this.#partners.keys()]) this.#drop(peer, new Error('Bitswap stops.'))
  }

  /** More may be had from here than before. */
  mayHaveMore(): void {
    this.#server.arrived()
  }

  /** Calls `listener` for each peer that turns out to speak Bitswap. Returns what ends that. */
  onSpeaker(listener: (peer: string) => void): () => void {
    this.#met.add(listener)
    return () => void this.#met.delete(listener)
  }

  #spoke(peer: string): void {
    if (this.#speakers.has(peer)) return
    this.#speakers.add(peer)
    if (!this.isShunned(peer)) for (const listener of [...this.#met]) listener(peer)
  }

  /** Connected peers that speak Bitswap, as they say. */
  speakers(): readonly string[] {
    return [...this.#speakers].filter(peer => !this.isShunned(peer))
  }

  isShunned(peer: string): boolean {
    const shunned = this.#shunned.get(peer)
    if (shunned === undefined) return false
    if (shunned.until > this.#options.world.now()) return true
    this.#shunned.delete(peer)
    return false
  }

  get stats(): BitswapStats {
    const partners = [...this.#partners.values()]
    return {
      sentBytes: partners.reduce((sum, { customer }) => sum + customer.ledger.sentBytes, this.#sentBytes),
      receivedBytes: this.#receivedBytes,
      peers: partners.length,
      shunned: new Map([...this.#shunned].map(([peer, { reason }]) => [peer, reason])),
    }
  }

  /** A peer as a source of blocks. It is dialled when it is first asked for something. */
  source(peer: string, isPublic = false): BlockSource {
    const partners = this.#partners
    return {
      name: peer,
      kind: 'bitswap',
      isPublic,
      atOnce: mostAtOnce,
      get heardAt(): number {
        return partners.get(peer)?.link.heardAt ?? 0
      },
      giveBack: bytes => this.#memory.giveBack(bytes),
      has: async (cid, signal) => {
        const partner = this.#partner(peer)
        // Who cannot say that it has not got it is asked for the block itself.
        return partner.link.tellsPresence ? await partner.asked.has(cid, signal) : true
      },
      want: (cid: CID, take: BlockSink, signal: AbortSignal): Promise<VerifiedBlock | undefined> => {
        try {
          return this.#partner(peer).asked.want(cid, take, signal)
        } catch (error) {
          return Promise.reject(error)
        }
      },
    }
  }

  /** Cuts a peer off for what it did, for some time. */
  shun(peer: string, reason: string): void {
    const { world, config } = this.#options
    this.#shunned.delete(peer)
    this.#shunned.set(peer, { reason, until: world.now() + config.shunMs })
    const [oldest] = this.#shunned.keys()
    if (this.#shunned.size > config.maxPeers && oldest !== undefined) this.#shunned.delete(oldest)
    this.#drop(peer, new PeerageError('peer.protocol', `The peer was cut off: ${reason}`))
  }

  #accept(stream: PeerStream): void {
    if (this.isShunned(stream.peer)) {
      stream.abort(new Error('This peer is not dealt with.'))
      return
    }
    this.#spoke(stream.peer)
    this.#partner(stream.peer).link.accept(stream)
  }

  /** Throws `peer.protocol` for one that is shunned. */
  #partner(peer: string): Partner {
    const known = this.#partners.get(peer)
    if (known !== undefined) return known
    if (this.isShunned(peer))
      throw new PeerageError('peer.protocol', `The peer was cut off: ${this.#shunned.get(peer)?.reason}`)
    this.#makeRoom()
    const partner = this.#makePartner(peer)
    this.#partners.set(peer, partner)
    return partner
  }

  #makePartner(peer: string): Partner {
    const { world, config, network } = this.#options
    const asked = new Asked({
      maxBlockBytes: config.maxBlockBytes,
      memory: length => this.#memory.take(length),
      send: message => partner.link.send(message),
      onHeld: bytes => this.#hold(bytes),
      onUnasked: () => {
        if (++partner.unasked > config.maxUnasked) this.shun(peer, 'it sent blocks that nobody asked for.')
      },
    })
    const link: Link = new Link({
      world,
      config,
      open: (protocol, signal) => network.open(peer, protocol, { signal }),
      listener: {
        room: (length, prefix) => asked.room(length, prefix),
        refused: () => asked.refused(),
        cutShort: blocks => asked.cutShort(blocks),
        block: block => {
          partner.losses = 0
          this.#receivedBytes += block.data.length
          void asked.block(block)
        },
        notes: (notes, connection) => {
          asked.presences(notes.presences)
          if (notes.full) link.moveTo(connection)
          if (notes.full || notes.wants.length > 0) this.#server.noted(partner.customer, notes, connection)
        },
        lost: () => this.#lost(partner),
        unreachable: error => asked.fail(error),
        offence: reason => this.shun(peer, reason),
      },
    })
    const customer = new Customer(peer, link, config.maxWantsPerPeer)
    const partner: Partner = { peer, link, asked, customer, unasked: 0, losses: 0 }
    return partner
  }

  /** The stream that we sent on ended: what was asked on it is asked again, but not for ever. */
  #lost(partner: Partner): void {
    this.#server.lost(partner.customer)
    if (partner.asked.size === 0) return
    if (++partner.losses <= 3) partner.asked.repeat()
    else
      partner.asked.fail(
        new PeerageError('peer.protocol', 'The peer closes every stream that it is asked on.'),
      )
  }

  /** Nothing more is read while very much is waiting to be verified. */
  #hold(bytes: number): void {
    const { maxReceivedBytes } = this.#options.config
    const before = this.#held > maxReceivedBytes
    this.#held += bytes
    const after = this.#held > maxReceivedBytes
    if (before !== after) for (const { link } of this.#partners.values()) link.isPaused = after
  }

  #makeRoom(): void {
    if (this.#partners.size < this.#options.config.maxPeers) return
    const isQuiet = ({ asked, customer: { ledger } }: Partner): boolean =>
      asked.size === 0 && ledger.size + ledger.openSize === 0
    const partners = [...this.#partners.values()]
    const { peer } = partners.find(isQuiet) ?? partners.find(({ asked }) => asked.size === 0) ?? partners[0]!
    this.#drop(peer, new PeerageError('network.limit', 'There are too many peers.'))
  }

  #drop(peer: string, reason: Error): void {
    const partner = this.#partners.get(peer)
    if (partner === undefined) return
    this.#partners.delete(peer)
    this.#sentBytes += partner.customer.ledger.sentBytes
    this.#server.left(partner.customer)
    partner.link.close(reason)
    partner.asked.fail(reason)
  }
}
