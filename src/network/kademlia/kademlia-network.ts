import { sha256, type Timer, type World } from '../../base/index.ts'
import { parseAddress } from '../address-book.ts'
import type { Discovery, Found, Heard } from '../discovery/index.ts'
import type { Network } from '../network.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import type { KademliaConfig } from './config.ts'
import { type Contact, contactOf } from './contact.ts'
import { Kademlia, type KademliaStatus } from './kademlia.ts'
import { networkGroupOf } from './network-group.ts'
import type { Validators } from './value-store.ts'

/** The network of peers of Peerage alone. */
export const peerageKademlia = '/peerage/kad/1.0.0'

/** Peers that are kept for the next run. */
const maxKept = 64
/** What a teller may not say is dropped where its answers are read. */
const checked = 'loopback'
/** It takes a while until all of a change of our addresses is known. */
const settledMs = 10_000
const modeCheckMs = 30_000
/** Our own addresses are good for so long, unless a change of them is told: asking the machine takes a millisecond, for each of a thousand shares. */
const addressesMs = 1_000

/** A peer as it is kept. */
export interface KeptPeer {
  readonly peer: string
  readonly addresses: readonly string[]
}

export interface KademliaOptions {
  readonly world: World
  readonly network: Network
  readonly config: KademliaConfig
  readonly protocol: string
  /** Peers of the last run (`kept`). */
  readonly known?: readonly KeptPeer[]
  /** Whether no peer outside of the local networks is talked to: then being reachable from there is enough. */
  readonly onlyLocal?: boolean
  /** Whether a peer may ask us; everyone when left out. */
  mayAsk?(peer: string): boolean
  /** Whether somebody may be told of a peer; everyone of everyone when left out. */
  mayTell?(about: string, to: string): boolean
  readonly validators?: Validators
  /** Whether others are of other programs, as in the public network; see `KademliaParts`. */
  readonly foreign?: boolean
  /** Somebody is known to ask, and before nobody was. */
  onEntered?(): void
}

/** A Kademlia network over the network of this peer. */
export class KademliaNetwork {
  readonly node: Kademlia
  readonly #options: KademliaOptions
  readonly #asking: Asking
  readonly #answering: Answering
  /** Where each peer that is connected is. */
  readonly #connected = new Map<string, string>()
  readonly #stop = new AbortController()
  readonly #ends: (() => void)[] = []
  #changed: Timer | undefined
  #own: { readonly at: number; readonly addresses: readonly string[] } | undefined

  constructor(options: KademliaOptions) {
    this.#options = options
    const { world, network, config, protocol, known = [], validators, mayTell, foreign = false } = options
    const addressOf = (peer: string): string | undefined => this.#connected.get(peer)
    this.#asking = new Asking({ world, network, protocol, addressOf })
    this.node = new Kademlia({
      world,
      config,
      self: network.peerId,
      foreign,
      ask: this.#asking.ask,
      addresses: () => this.#addresses(),
      start: [
        ...named(config.bootstrap),
        ...known.flatMap(({ peer, addresses }) => safeContact(peer, addresses)),
      ],
      ...(validators && { validators }),
      ...(mayTell && { mayTell }),
      onEntered: () => options.onEntered?.(),
    })
    this.#answering = new Answering({
      world,
      answer: (question, asker) => this.node.answer(question, asker),
      groupOf: peer => networkGroupOf(addressOf(peer) ?? ''),
    })
  }

  start(): void {
    const { network, world, config, protocol, foreign } = this.#options
    for (const { peer, address } of network.connections()) this.#connected.set(peer, address)
    this.#ends.push(
      network.on('peer-connected', ({ peer, address }) => this.#connected.set(peer, address)),
      network.on('peer-disconnected', ({ peer }) => this.#connected.delete(peer)),
      network.on('peer-identified', ({ peer, protocols }) => {
        if (protocols.includes(protocol)) this.node.meet(peer, withoutPeers(network.knownAddresses(peer)))
      }),
      network.on('addresses-changed', () => this.#addressesChanged()),
    )
    const modes = world.every(modeCheckMs, () => this.#setMode())
    this.#ends.push(() => modes.cancel())
    this.#setMode()
    this.node.start()
    if (config.announceSelf && !foreign) this.node.announceSelf(this.#stop.signal)
  }

  stop(): void {
    this.#stop.abort(new Error('The network stops.'))
    for (const end of this.#ends) end()
    this.#changed?.cancel()
    this.#serve(false)
    this.node.stop()
    this.#asking.close()
  }

  /** Asks peers to begin with whether they are there: full multiaddrs with /p2p/. */
  meet(addresses: readonly string[]): void {
    for (const { peer, addresses: at } of named(addresses)) this.node.meet(peer, at)
  }

  get status(): KademliaStatus {
    return this.node.status
  }

  /** Peers to begin with in the next run. */
  get kept(): KeptPeer[] {
    return this.node
      .contacts()
      .filter(({ addresses }) => addresses.length > 0)
      .slice(0, maxKept)
      .map(({ peer, addresses }) => ({ peer, addresses }))
  }

  /** This network as one of the ways of finding peers. */
  discovery(): Discovery {
    return {
      name: 'kademlia',
      findPeer: (peer, signal) => this.#findPeer(peer, signal),
      findTopic: (topic, signal) => this.#findTopic(topic, signal),
      announce: async (topic, signal) => this.node.keepProviding(keyOf(topic), signal),
    }
  }

  async *#findPeer(peer: string, signal: AbortSignal): AsyncGenerator<Heard> {
    for await (const addresses of this.node.findPeer(peer, signal)) yield { addresses, teller: checked }
  }

  async *#findTopic(topic: Uint8Array, signal: AbortSignal): AsyncGenerator<Found> {
    for await (const found of this.node.findProviders(keyOf(topic), signal))
      if (found.peer !== this.#options.network.peerId) yield { ...found, teller: checked }
  }

  #addresses(): readonly string[] {
    const { world, network } = this.#options
    if (this.#own === undefined || world.now() - this.#own.at >= addressesMs)
      this.#own = { at: world.now(), addresses: withoutPeers(network.addresses()) }
    return this.#own.addresses
  }

  #addressesChanged(): void {
    this.#own = undefined
    this.#changed?.cancel()
    this.#changed = this.#options.world.after(settledMs, () => this.node.addressesChanged())
  }

  /** Whoever cannot be reached must not stand in the tables of others. */
  #setMode(): void {
    const { network, config, onlyLocal = false } = this.#options
    const reachable = network.reachability.inbound !== undefined || onlyLocal
    this.#serve(config.mode === 'server' || (config.mode === 'auto' && reachable))
  }

  #serve(serves: boolean): void {
    const { network, protocol, mayAsk = () => true } = this.#options
    if (this.node.serves === serves) return
    this.node.serves = serves
    if (serves)
      network.handle(protocol, stream => {
        if (mayAsk(stream.peer)) this.#answering.serve(stream)
        else stream.abort(new Error('It may not ask.'))
      })
    else network.unhandle(protocol)
  }
}

/** The multihash (SHA-256) of a topic: what is announced under it has a key like content of IPFS. */
function keyOf(topic: Uint8Array): Uint8Array {
  return Uint8Array.of(0x12, 0x20, ...sha256(topic))
}

function withoutPeers(addresses: readonly string[]): string[] {
  return addresses.flatMap(address => parseAddress(address)?.address ?? [])
}

/** Peers that the user named; what is no address of a peer is passed over. */
function named(addresses: readonly string[]): Contact[] {
  return addresses.flatMap(text => {
    const parsed = parseAddress(text)
    return parsed?.peer === undefined ? [] : safeContact(parsed.peer, [parsed.address])
  })
}

function safeContact(peer: string, addresses: readonly string[]): Contact[] {
  try {
    return [contactOf(peer, addresses)]
  } catch {
    return []
  }
}
