import type { Exchange } from './exchange.ts'
import type { PeerState } from './peer-state.ts'
import type { RateMeter } from './rate-meter.ts'

/** One peer of a swarm, as people see it. Rates in bytes per second. */
export interface PeerStats {
  readonly peer: string
  readonly name: string
  readonly clientVersion: string | undefined
  readonly downRate: number
  readonly upRate: number
  readonly downloaded: number
  readonly uploaded: number
  /** Pieces it has. */
  readonly pieces: number
  readonly isSeed: boolean
  readonly amChoking: boolean
  readonly amInterested: boolean
  readonly peerChoking: boolean
  readonly peerInterested: boolean
  readonly snubbed: boolean
  /** Bytes asked of it and not yet here, and what it may have at most. */
  readonly requestedBytes: number
  readonly windowBytes: number
  readonly queuedUploads: number
  readonly rttMs: number | undefined
}

/** One swarm, as people see it. */
export interface SwarmStats {
  readonly peers: number
  readonly seeds: number
  readonly downRate: number
  readonly upRate: number
  /** Payload bytes that came and went, waste counted. */
  readonly downloaded: number
  readonly uploaded: number
  readonly wasted: number
  /** Verified bytes of the content, and of what is wanted the bytes still missing. */
  readonly verifiedBytes: number
  readonly missingBytes: number
  /** Milliseconds until everything wanted is here, at the present rate; undefined while nothing comes. */
  readonly etaMs: number | undefined
  /** Whole copies among us and the peers, and the part of one more; undefined until the content is known. */
  readonly distributedCopies: number | undefined
}

export function peerStats(peer: PeerState, now: number): PeerStats {
  return {
    peer: peer.peer,
    name: peer.pipe.name,
    clientVersion: peer.clientVersion,
    downRate: peer.down.rate(now),
    upRate: peer.up.rate(now),
    downloaded: peer.down.total,
    uploaded: peer.up.total,
    pieces: peer.pieces?.count ?? 0,
    isSeed: peer.isSeed,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.peerChoking,
    peerInterested: peer.peerInterested,
    snubbed: peer.snubbed,
    requestedBytes: peer.depth.outstanding,
    windowBytes: peer.depth.window,
    queuedUploads: peer.uploads.length,
    rttMs: peer.depth.rttMs > 0 ? peer.depth.rttMs : peer.pipe.rttMs,
  }
}

export interface StatsParts {
  readonly now: number
  readonly peers: readonly PeerState[]
  readonly exchange: Exchange | undefined
  readonly down: RateMeter
  /** Bytes sent to peers that have left. */
  readonly sentBefore: number
  readonly verifiedBytes: number
}

export function swarmStats({
  now,
  peers,
  exchange,
  down,
  sentBefore,
  verifiedBytes,
}: StatsParts): SwarmStats {
  const downRate = down.rate(now)
  const missingBytes = exchange?.downloads.missingBytes ?? 0
  let seeds = 0
  let upRate = 0
  let uploaded = sentBefore
  for (const peer of peers) {
    if (peer.isSeed) seeds++
    upRate += peer.up.rate(now)
    uploaded += peer.up.total
  }
  return {
    peers: peers.length,
    seeds,
    downRate,
    upRate,
    downloaded: down.total,
    uploaded,
    wasted: exchange?.requester.wastedBytes ?? 0,
    verifiedBytes,
    missingBytes,
    etaMs: missingBytes === 0 ? 0 : downRate > 1 ? (missingBytes * 1000) / downRate : undefined,
    distributedCopies: exchange?.distributedCopies(),
  }
}
