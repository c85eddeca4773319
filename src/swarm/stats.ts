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
  /** Enciphered: TLS or Noise in private swarms, RC4 in public ones. */
  readonly encrypted: boolean
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
  /** Of these, what peers of the public network sent and got. */
  readonly publicDownloaded: number
  readonly publicUploaded: number
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
    encrypted: !peer.isPublic || peer.traits.encrypted === true,
    rttMs: peer.depth.rttMs > 0 ? peer.depth.rttMs : peer.pipe.rttMs,
  }
}

/** Payload bytes by direction, and the part of them that public peers sent and got. */
export interface Moved {
  readonly uploaded: number
  readonly publicUploaded: number
  readonly publicDownloaded: number
}

/** `before`, and what this peer moved. */
export function addMoved(before: Moved, { traits, up, down }: PeerState): Moved {
  const isPublic = traits.endpoint !== undefined
  return {
    uploaded: before.uploaded + up.total,
    publicUploaded: before.publicUploaded + (isPublic ? up.total : 0),
    publicDownloaded: before.publicDownloaded + (isPublic ? down.total : 0),
  }
}

export interface StatsParts {
  readonly now: number
  readonly peers: readonly PeerState[]
  readonly exchange: Exchange | undefined
  readonly down: RateMeter
  /** What peers that have left sent and got. */
  readonly before: Moved
  readonly verifiedBytes: number
}

export function swarmStats({ now, peers, exchange, down, before, verifiedBytes }: StatsParts): SwarmStats {
  const downRate = down.rate(now)
  const missingBytes = exchange?.downloads.missingBytes ?? 0
  let seeds = 0
  let upRate = 0
  let moved = before
  for (const peer of peers) {
    if (peer.isSeed) seeds++
    upRate += peer.up.rate(now)
    moved = addMoved(moved, peer)
  }
  return {
    peers: peers.length,
    seeds,
    downRate,
    upRate,
    downloaded: down.total,
    ...moved,
    wasted: exchange?.requester.wastedBytes ?? 0,
    verifiedBytes,
    missingBytes,
    etaMs: missingBytes === 0 ? 0 : downRate > 1 ? (missingBytes * 1000) / downRate : undefined,
    distributedCopies: exchange?.distributedCopies(),
  }
}
