import type { TokenBucket } from '../base/index.ts'

/** What may be used up, of a rule or of a grant. */
export interface Quota {
  readonly bytes: number | undefined
  readonly bytesPerDay: number | undefined
  readonly bytesPerSecond: number | undefined
  readonly uses: number | undefined
}

/**
 * What a stream must obey for as long as it is open. Counts for one person under one rule, together with its other streams. Exact:
 * what `take` allowed never exceeds the quota, not even over crashes.
 */
export interface Allowance {
  /** Bytes that may still be taken now; Infinity without a quota. */
  readonly left: number
  /** To be obeyed with the other limits of the stream, when there is one. */
  readonly rate: TokenBucket | undefined
  /** Called before bytes are sent: false when they are more than is left, and then nothing was taken. */
  take(bytes: number): boolean
  /** Bytes that were taken and never sent. */
  giveBack(bytes: number): void
  /** Called once when a stream or call begins: false when it may not, after all. */
  use(): boolean
}
