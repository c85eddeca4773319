import type { GivenBytes } from '../io-jobs.ts'
import type { IoPool } from '../io-pool.ts'

/**
 * Hands bytes to a worker: as they are when they lie in shared memory (blocks from the network do), else through shared memory of the store
 * while half of that is free, else as a copy, for a view would take all behind it along.
 */
export async function lend<T>(
  pool: IoPool,
  bytes: Uint8Array,
  use: (given: GivenBytes) => Promise<T>,
): Promise<T> {
  const size = bytes.length
  if (bytes.buffer instanceof SharedArrayBuffer) return await use({ bytes, slab: 0, at: 0, size })
  const lease = size === 0 ? undefined : pool.spareLease(size)
  if (lease === undefined) return await use({ bytes: Uint8Array.from(bytes), slab: 0, at: 0, size })
  try {
    // Natively: `set` into shared memory takes several times as long (see `copy` of the decoder of the peer wire).
    Buffer.from(bytes.buffer).copy(lease.bytes, 0, bytes.byteOffset, bytes.byteOffset + size)
    return await use({ bytes: undefined, ...pool.locate(lease), size })
  } finally {
    lease.release()
  }
}
