/** Bits of one chunk, and how many chunks there are at most: pieces of 4,194,304 numbers that follow one another, in 0.5 MB. */
const chunkBits = 2_048
const mostChunks = 2_048

/**
 * Pieces that a peer announces one by one before we know how many there are: an honest one may do so of 100,000 while it sends us the
 * metadata. Kept by chunks, so that few take little memory, wherever they are, and many a bit each.
 */
export class EarlyHaves {
  readonly #chunks = new Map<number, Uint8Array>()

  /** False: it is too much to be kept. */
  add(piece: number): boolean {
    const number = Math.floor(piece / chunkBits)
    let chunk = this.#chunks.get(number)
    if (chunk === undefined) {
      if (this.#chunks.size >= mostChunks) return false
      chunk = new Uint8Array(chunkBits / 8)
      this.#chunks.set(number, chunk)
    }
    const bit = piece % chunkBits
    chunk[bit >> 3]! |= 128 >> (bit & 7)
    return true
  }

  clear(): void {
    this.#chunks.clear()
  }

  /** All of them, each once; forgets them. */
  *take(): Generator<number> {
    for (const [number, chunk] of this.#chunks)
      for (let bit = 0; bit < chunkBits; bit++)
        if ((chunk[bit >> 3]! & (128 >> (bit & 7))) !== 0) yield number * chunkBits + bit
    this.#chunks.clear()
  }
}
