/** A system did not come to an end: its row says so, and the others are measured all the same. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished'
}

/** What `work` resolves to. Rejects with `Unfinished` when that takes longer than `ms`; whoever works is to be ended by the caller. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Unfinished(`did not end in ${Math.round(ms / 1000)} s`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
