import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { PeerageError, type World } from '../base/index.ts'
import { parseAddress } from './address-book.ts'
import type { NetworkConfig } from './config.ts'
import { type CandidatesPorts, DialCandidates, type Known } from './dial-candidates.ts'
import { DialLog } from './dial-log.ts'
import { DialSlots } from './dial-slots.ts'
import type { FoundAddresses } from './discovery/index.ts'
import { withHeadStart } from './head-start.ts'
import type { Host } from './host.ts'
import { MuxedPeerStream } from './muxed-peer-stream.ts'
import type { OpenOptions } from './network.ts'
import type { Path } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import { byNearness, raceDial } from './race-dial.ts'
import { SharedRuns } from './shared-runs.ts'
import { MuxedStream } from './yamux/index.ts'

/** Over UDP nobody tells that the other end has died: a connection that is silent for so long is doubted, and the peer dialled beside it. */
const doubtAfterMs = 1_500
/** An open connection that does not answer for this long is given up and the peer is dialled again. */
const staleAfterMs = 5_000

const nearness: readonly Path[] = ['memory', 'loopback', 'lan', 'direct', 'relayed']

export interface DiallerPorts extends CandidatesPorts {
  readonly host: Host
  readonly config: NetworkConfig
  readonly world: World
  known(peer: string): string[]
  /** Who can be asked where a peer is, by name. */
  readonly finders: readonly string[]
  /** What they say of it, as it comes. */
  find(peer: string, signal: AbortSignal): AsyncIterable<FoundAddresses>
  /** Whether that peer may be talked to at all. */
  mayMeet(peer: string): boolean
  /** Whether there is a place for one more connection, or somebody of less use has left. */
  makeRoom(peer: string | undefined): boolean
}

interface Target {
  readonly peer: string | undefined
  /** Without /p2p/. */
  readonly addresses: readonly string[]
  /** Whether others are asked where it is. */
  readonly sought: boolean
}

/**
 * Opens streams: over a connection that is there, else over the address of the peer that answers first. A peer that is named by its id, and
 * not soon found where it is known to be, is sought by every discovery at once.
 */
export class Dialler {
  /** How the latest dials ended. */
  readonly log: DialLog
  readonly #ports: DiallerPorts
  readonly #candidates: DialCandidates
  readonly #slots: DialSlots
  /** A search lasts long and dials little, so it keeps no slot from those who know where to dial. */
  readonly #searches: DialSlots
  readonly #runs: SharedRuns<Connection>

  constructor(ports: DiallerPorts) {
    this.#ports = ports
    this.#candidates = new DialCandidates(ports)
    this.log = new DialLog(ports.world)
    this.#runs = new SharedRuns(ports.world)
    const { maxParallelSearches: maxParallelDials, maxQueuedDials } = ports.config
    this.#slots = new DialSlots(ports.config)
    this.#searches = new DialSlots({ maxParallelDials, maxQueuedDials })
  }

  /** See `Network.open`. */
  async open(
    target: string | readonly string[],
    protocol: string,
    { signal, seek = false }: OpenOptions,
  ): Promise<PeerStream> {
    signal?.throwIfAborted()
    const limit = this.#limit(this.#ports.config.openTimeoutMs, signal)
    try {
      const parsed = this.#parse(target, seek)
      const open = parsed.peer === undefined ? undefined : this.#openConnection(parsed.peer)
      const anew = async (both: AbortSignal): Promise<PeerStream> => {
        // Who was restarted may have connected meanwhile.
        const other = open && this.#openConnection(open.remotePeer.toString())
        const connection = other !== open ? other : undefined
        return this.stream(connection ?? (await this.#connect(parsed, both)), protocol, both)
      }
      if (open === undefined) return await anew(limit.signal)
      return await withHeadStart({
        world: this.#ports.world,
        headStartMs: doubtAfterMs,
        signal: limit.signal,
        first: both => this.#reuse(open, protocol, both),
        second: anew,
        discard: stream => stream.abort(new Error('Another connection was faster.')),
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw failure(error, protocol)
    } finally {
      limit.end()
    }
  }

  /** A connection of its own to whoever is at that address. Rejects as `open` does. */
  async connect(address: string, signal: AbortSignal): Promise<Connection> {
    return await this.#connect(this.#parse([address], false), signal)
  }

  wrap(stream: Stream, connection: Connection): PeerStream {
    if (!(stream instanceof MuxedStream)) throw new TypeError('not a stream of our muxer')
    const path = this.#ports.pathOf(connection.remoteAddr.toString())
    return new MuxedPeerStream(stream, connection.remotePeer.toString(), path, connection.id)
  }

  #parse(target: string | readonly string[], seek: boolean): Target {
    if (typeof target === 'string') {
      this.#checkPeer(target)
      return { peer: target, addresses: this.#candidates.allowed(this.#ports.known(target)), sought: true }
    }
    const parsed = target.map(parseAddress).filter(address => address !== undefined)
    const peers = new Set(parsed.map(address => address.peer).filter(peer => peer !== undefined))
    if (peers.size > 1)
      throw new PeerageError('network.unreachable', 'The addresses name more than one peer.')
    const [peer] = peers
    if (peer !== undefined) this.#checkPeer(peer)
    const addresses = this.#candidates.allowed(parsed.map(({ address }) => address))
    return { peer, addresses, sought: seek }
  }

  #checkPeer(peer: string): void {
    try {
      peerIdFromString(peer)
    } catch (cause) {
      throw new PeerageError('network.unreachable', `"${peer}" is not a peer id.`, { cause })
    }
    if (peer === this.#ports.host.node.peerId.toString())
      throw new PeerageError('network.unreachable', 'That is this peer itself.')
    // Not even to be told who calls.
    if (!this.#ports.mayMeet(peer))
      throw new PeerageError(
        'network.unreachable',
        'That peer is not talked to: it is blocked, or not known here.',
      )
  }

  /** Rejects with `network.unreachable` when the connection is not there any more. */
  async #reuse(connection: Connection, protocol: string, signal: AbortSignal): Promise<PeerStream> {
    const limit = this.#limit(staleAfterMs, signal)
    try {
      return await this.stream(connection, protocol, limit.signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!limit.signal.aborted && connection.status === 'open') throw error
      const gone = new PeerageError('network.unreachable', 'The peer no longer answers.', { cause: error })
      connection.abort(gone)
      throw gone
    } finally {
      limit.end()
    }
  }

  #openConnection(peer: string): Connection | undefined {
    const rank = (connection: Connection): number =>
      nearness.indexOf(this.#ports.pathOf(connection.remoteAddr.toString()))
    return (
      this.#ports.host.node
        .getConnections(peerIdFromString(peer))
        .filter(connection => connection.status === 'open')
        // Of equals the latest: an older one may have died without a word.
        .sort((a, b) => rank(a) - rank(b) || b.timeline.open - a.timeline.open)[0]
    )
  }

  #connect(target: Target, signal: AbortSignal): Promise<Connection> {
    const { world, config } = this.#ports
    const addresses = byNearness(target.addresses).slice(0, config.maxAddressesPerPeer)
    const { peer, sought } = target
    return this.#runs.join(`${sought} ${peer ?? ''} ${addresses.join(' ')}`, signal, shared => {
      const dialKnown = (limit: AbortSignal): Promise<Connection> =>
        this.#slots.run(limit, () => this.#race({ addresses, peer }, limit))
      if (peer === undefined || !sought || this.#ports.finders.length === 0) return dialKnown(shared)
      return withHeadStart({
        world,
        headStartMs: config.searchHeadStartMs,
        signal: shared,
        first: dialKnown,
        second: limit => this.#searches.run(limit, () => this.#search(peer, addresses, limit)),
        discard,
      })
    })
  }

  async #search(peer: string, tried: readonly string[], signal: AbortSignal): Promise<Connection> {
    const { finders: asked, find } = this.#ports
    try {
      return await this.#race({ peer, addresses: [], tried, found: own => find(peer, own) }, signal)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      throw new PeerageError(error.code, error.message, {
        details: { ...error.details, asked },
        cause: error,
      })
    }
  }

  async #race(known: Known, signal: AbortSignal): Promise<Connection> {
    const { config, world, makeRoom } = this.#ports
    const { peer } = known
    if (!makeRoom(peer))
      throw new PeerageError('network.limit', 'Too many connections are open.', {
        details: { maxConnections: config.maxConnections },
      })
    const over = new AbortController()
    const lost: string[] = []
    const more = this.#candidates.later(known, AbortSignal.any([signal, over.signal]), (name, problem) => {
      if (peer !== undefined) this.log.note(peer, name, problem)
      lost.push(`${name}: ${problem instanceof Error ? problem.message : String(problem)}`)
    })
    try {
      return await raceDial({
        addresses: this.#candidates.atOnce(known),
        lost,
        ...(more && { more }),
        world,
        staggerMs: config.dialStaggerMs,
        relayHeadStartMs: config.relayHeadStartMs,
        signal,
        dial: (address, own) => this.#dial(address, peer, own),
        discard,
      })
    } finally {
      over.abort(new Error('The race is over.'))
    }
  }

  async #dial(address: string, peer: string | undefined, signal: AbortSignal): Promise<Connection> {
    const limit = this.#limit(this.#ports.config.dialTimeoutMs, signal)
    try {
      const suffix = peer === undefined ? '' : `/p2p/${peer}`
      const connection = await this.#ports.host.dial(address + suffix, limit.signal)
      this.log.note(connection.remotePeer.toString(), address)
      return connection
    } catch (error) {
      const { aborted, reason } = limit.signal
      if (peer !== undefined) this.log.note(peer, address, aborted ? reason : error)
      throw error
    } finally {
      limit.end()
    }
  }

  async stream(connection: Connection, protocol: string, signal: AbortSignal): Promise<PeerStream> {
    const maxOutboundStreams = this.#ports.config.maxStreamsPerConnection
    return this.wrap(await connection.newStream([protocol], { signal, maxOutboundStreams }), connection)
  }

  /** A signal that fires like `signal` and also after `timeoutMs`. */
  #limit(timeoutMs: number, signal: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
    const timeout = new AbortController()
    const timer = this.#ports.world.after(timeoutMs, () =>
      timeout.abort(
        new PeerageError('network.unreachable', `The peer did not answer within ${timeoutMs / 1000} s.`),
      ),
    )
    const both = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal])
    return { signal: both, end: () => timer.cancel() }
  }
}

function discard(connection: Connection): void {
  connection.abort(new Error('Another address was faster.'))
}

function failure(error: unknown, protocol: string): PeerageError {
  if (error instanceof PeerageError) return error
  const name = error instanceof Error ? error.name : ''
  const message = error instanceof Error ? error.message : String(error)
  if (name === 'UnsupportedProtocolError')
    return new PeerageError('peer.protocol', `The peer does not offer ${protocol}.`, { cause: error })
  if (name.startsWith('TooMany')) return new PeerageError('network.limit', message, { cause: error })
  return new PeerageError('network.unreachable', `The peer could not be reached: ${message}`, {
    cause: error,
  })
}
