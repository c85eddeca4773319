/** When enough has been given; 0 is never. */
export interface SeedingGoals {
  /** Bytes sent to size. */
  readonly ratio: number
  readonly minutes: number
}

export interface Given {
  readonly uploaded: number
  readonly totalBytes: number
  readonly seedingMs: number
}

export type Goal = keyof SeedingGoals

export function ratioOf({ uploaded, totalBytes }: Pick<Given, 'uploaded' | 'totalBytes'>): number {
  return totalBytes === 0 ? 0 : uploaded / totalBytes
}

/** The goal that is reached, if any. */
export function goalReached({ ratio, minutes }: SeedingGoals, given: Given): Goal | undefined {
  if (ratio > 0 && ratioOf(given) >= ratio) return 'ratio'
  return minutes > 0 && given.seedingMs >= minutes * 60_000 ? 'minutes' : undefined
}
