import type { World } from '../base/index.ts'

/** What came of the last dial of an address. */
export interface DialOutcome {
  /** Multiaddr without /p2p/. */
  readonly address: string
  /** World.wallTime() when it ended. */
  readonly at: number
  /** Why there is no connection; absent: there was one. */
  readonly problem?: string
}

export const dialLogLimits = { maxPeers: 512, maxAddresses: 16, maxProblemLength: 200 } as const

/** How the latest dials of peers ended, so that it can be told. Those who were dialled longest ago are forgotten first. */
export class DialLog {
  readonly #world: World
  readonly #peers = new Map<string, Map<string, DialOutcome>>()

  constructor(world: World) {
    this.#world = world
  }

  /** A dial of `peer` at `address` ended, with `problem` or well. */
  note(peer: string, address: string, problem?: unknown): void {
    const outcomes = this.#peers.get(peer) ?? new Map<string, DialOutcome>()
    this.#peers.delete(peer)
    this.#peers.set(peer, outcomes)
    outcomes.delete(address)
    const at = this.#world.wallTime()
    outcomes.set(address, { address, at, ...(problem !== undefined && { problem: messageOf(problem) }) })
    forgetOldest(outcomes, dialLogLimits.maxAddresses)
    forgetOldest(this.#peers, dialLogLimits.maxPeers)
  }

  /** The latest first. */
  of(peer: string): DialOutcome[] {
    return [...(this.#peers.get(peer)?.values() ?? [])].reverse()
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}

function messageOf(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : String(problem)
  return message.slice(0, dialLogLimits.maxProblemLength)
}
