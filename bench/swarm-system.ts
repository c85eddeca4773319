import type { Lab } from '../test/lab/lab.ts'

/** A system whose processes on several hosts fetch one content from a seed and from one another. */
export interface SwarmSystem {
  readonly name: string
  /** What keeps it from running on this machine, or undefined. */
  missing(): string | undefined
  /** Of a swarm of several programs: the one on a host. */
  programOn?(host: number): string
  prepare(place: SwarmPlace): Promise<PreparedSwarm>
}

export interface SwarmPlace {
  readonly lab: Lab
  /** The file that the seed, on host 0, has. */
  readonly source: string
  /** One host each. */
  readonly receivers: readonly number[]
  /** A host without a peer, for a tracker if the system needs one. */
  readonly spareHost: number
  /** An empty folder for whatever the system keeps. */
  readonly home: string
  /** Where the receiver on a host puts what it fetches. */
  intoOf(host: number): string
}

/** A seed that serves and receivers that are up and idle. */
export interface PreparedSwarm extends AsyncDisposable {
  /** Hands the link to the receiver on a host; done when everything is there and verified. */
  fetch(host: number): Promise<void>
  /** Ends the seed at once. */
  killSeed(): Promise<void>
}
