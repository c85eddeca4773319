import type { CopyBytes } from '../wire/index.ts'

/** Below this a native call costs more than it saves. */
const worthIt = 1024

/**
 * Copies into shared memory at 35 GB/s instead of the 3 GB/s of `TypedArray.set`, which V8 does byte by byte there. Node's
 * `Buffer.copy` has the fast path only for a part of its source, so the last byte of a whole one goes separately.
 */
export const copyBytes: CopyBytes = (from, start, end, to, toStart) => {
  const copy = globalThis.Buffer?.prototype.copy
  const length = end - start
  if (copy === undefined || length < worthIt)
    to.set(start === 0 && end === from.length ? from : from.subarray(start, end), toStart)
  else if (length < from.length) copy.call(from as Buffer, to, toStart, start, end)
  else {
    copy.call(from as Buffer, to, toStart, 0, length - 1)
    to[toStart + length - 1] = from[length - 1]!
  }
}

/** As `bytes.slice()`, which of shared memory takes many times as long. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length)
  copyBytes(bytes, 0, bytes.length, copy, 0)
  return copy
}
