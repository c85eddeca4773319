import type { Swarm } from '../../swarm/index.ts'

/** How far a transfer is, as told in events. */
export interface Progress {
  readonly bytes: number
  readonly totalBytes: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  readonly peers: number
}

export function progressOf(swarm: Swarm, totalBytes: number): Progress {
  const { verifiedBytes, downRate, upRate, peers } = swarm.stats()
  return { bytes: verifiedBytes, totalBytes, downBytesPerSecond: downRate, upBytesPerSecond: upRate, peers }
}
