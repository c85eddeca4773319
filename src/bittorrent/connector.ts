import { equalBytes, PeerageError, type World } from '../base/index.ts'
import type { Endpoint, Network } from '../network/index.ts'
import type { ByteStream, PublicContent } from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import type { KnownPeer } from './known-peers.ts'
import { type Encryption, type OwnHandshake, type Shaken, shakeHands, tcpStream } from './pipes/index.ts'

/** What opens uTP connections. */
export interface UtpDialler {
  connect(endpoint: Endpoint, options: { readonly signal: AbortSignal }): Promise<ByteStream>
}

export interface ConnectorParts {
  readonly world: World
  readonly network: Network
  readonly config: BitTorrentConfig
  readonly own: OwnHandshake
  /** Undefined while there is no UDP socket. */
  utp(): UtpDialler | undefined
  /** Addresses that are filtered or banned are not dialled. */
  mayTalk(ip: string): boolean
}

/** What is asked for: names, 20 bytes each, and which of them is of v2. */
export type DialledContent = Pick<PublicContent, 'names' | 'v2Name'>

/** A connection to a peer that has shown that it knows the content. */
export interface Connected extends Shaken {
  readonly over: 'tcp' | 'utp'
}

/** Whom to dial, and whether only one way leads there. */
interface Dialled {
  readonly peer: KnownPeer
  readonly over: 'utp' | undefined
}

/** uTP is tried when TCP has led nowhere for so long: most peers take both, and TCP costs less. */
const utpAfterMs = 1_500

/** Dials BitTorrent peers: TCP or uTP, with encryption or without, a bounded number at a time for the whole peer. */
export class Connector {
  readonly #parts: ConnectorParts
  #dialling = 0

  constructor(parts: ConnectorParts) {
    this.#parts = parts
  }

  /** How many more may be dialled now. */
  get room(): number {
    return this.#parts.config.maxDials - this.#dialling
  }

  /** By uTP alone if `over` says so. Rejects with a `PeerageError` (`network.unreachable`, `peer.protocol`) or `signal.reason`. */
  async connect(
    peer: KnownPeer,
    content: DialledContent,
    signal: AbortSignal,
    over?: 'utp',
  ): Promise<Connected> {
    const { network, mayTalk } = this.#parts
    const { address } = peer.endpoint
    if (!mayTalk(address) || !network.mayReach(address))
      throw new PeerageError('network.unreachable', `${address} may not be talked to.`)
    this.#dialling++
    try {
      return await this.#connect({ peer, over }, content, signal)
    } finally {
      this.#dialling--
    }
  }

  /** With encryption as the config has it; where it is only preferred, a peer that wants the other way gets it next. */
  async #connect(to: Dialled, content: DialledContent, signal: AbortSignal): Promise<Connected> {
    const { peer } = to
    const { encryption } = this.#parts.config
    const first = encryption === 'prefer' && !peer.encrypt ? 'off' : encryption
    try {
      return await this.#shake(to, content, first, signal)
    } catch (error) {
      if (signal.aborted || encryption !== 'prefer' || !isHandshakeFailure(error)) throw error
      peer.encrypt = !peer.encrypt
      return await this.#shake(to, content, first === 'off' ? 'prefer' : 'off', signal)
    }
  }

  async #shake(
    to: Dialled,
    content: DialledContent,
    encryption: Encryption,
    signal: AbortSignal,
  ): Promise<Connected> {
    const { world, own, config } = this.#parts
    const { names, v2Name } = content
    const { stream, over } = await this.#open(to, signal)
    try {
      const shaken = await shakeHands({
        stream,
        names: to.peer.name === undefined ? names : [to.peer.name, ...names],
        // Some programs refuse a v1 name from who says to know v2.
        own: { ...own, flags: { ...own.flags, v2: v2Name !== undefined } },
        encryption,
        world,
        timeoutMs: config.handshakeTimeoutMs,
        signal,
      })
      if (!canUpgrade(shaken, to.peer, v2Name)) return { ...shaken, over }
      to.peer.name = v2Name
      stream.abort(new Error('once more, by the v2 name'))
      return await this.#shake(to, content, encryption, signal)
    } catch (error) {
      stream.abort(error as Error)
      throw error
    }
  }

  async #open(
    { peer, over }: Dialled,
    signal: AbortSignal,
  ): Promise<{ stream: ByteStream; over: 'tcp' | 'utp' }> {
    const { config, world } = this.#parts
    const utp = config.utp ? this.#parts.utp() : undefined
    if (!config.tcp && utp === undefined)
      throw new PeerageError('network.unreachable', 'Both TCP and uTP are off.')
    if (utp === undefined) return { stream: await this.#tcp(peer.endpoint, signal), over: 'tcp' }
    if (!config.tcp || over === 'utp')
      return { stream: await utp.connect(peer.endpoint, { signal }), over: 'utp' }
    return await race(world, utpAfterMs, signal, [
      async inner => ({ stream: await this.#tcp(peer.endpoint, inner), over: 'tcp' }),
      async inner => ({ stream: await utp.connect(peer.endpoint, { signal: inner }), over: 'utp' }),
    ])
  }

  async #tcp(endpoint: Endpoint, signal: AbortSignal): Promise<ByteStream> {
    return tcpStream(await this.#parts.network.dialTcp(endpoint, signal))
  }
}

function isHandshakeFailure(error: unknown): boolean {
  return error instanceof PeerageError && ['peer.protocol', 'wire.invalid', 'wire.limit'].includes(error.code)
}

type Attempt = (signal: AbortSignal) => Promise<{ stream: ByteStream; over: 'tcp' | 'utp' }>

/** The first attempt to succeed; the second begins when the first has failed or taken `staggerMs`. The loser is aborted. */
async function race(
  world: World,
  staggerMs: number,
  signal: AbortSignal,
  [first, second]: readonly [Attempt, Attempt],
): ReturnType<Attempt> {
  const ends = [new AbortController(), new AbortController()] as const
  const stop = (): void => {
    for (const end of ends) end.abort(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  const { promise: late, resolve: begin } = Promise.withResolvers<void>()
  const timer = world.after(staggerMs, begin)
  const one = first(ends[0].signal)
  one.catch(() => begin())
  const two = late.then(() => second(ends[1].signal))
  two.catch(() => undefined)
  try {
    const winner = await Promise.any([one, two])
    const loser = winner.over === 'tcp' ? two : one
    ends[winner.over === 'tcp' ? 1 : 0].abort(new Error('The other way was faster.'))
    loser.then(
      ({ stream }) => stream.abort(new Error('The other way was faster.')),
      () => undefined,
    )
    return winner
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof AggregateError ? error.errors[0] : error
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', stop)
  }
}

/** It knows the v2 name and keeps to that of v1: libtorrent on encrypted connections. It would answer no requests for hashes. */
function canUpgrade(shaken: Shaken, peer: KnownPeer, v2Name: Uint8Array | undefined): boolean {
  if (v2Name === undefined || !shaken.flags.v2 || equalBytes(shaken.infoHash, v2Name)) return false
  return peer.name === undefined || !equalBytes(peer.name, v2Name)
}
