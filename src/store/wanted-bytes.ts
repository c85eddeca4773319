import type { Content } from '../content/index.ts'
import type { FileTable } from './file-table.ts'
import type { SegmentMap } from './segment-map.ts'

interface Sum {
  readonly bytes: number
  verified: number
}

/**
 * Bytes of all files that are not skipped, and how many of them are verified. It is asked for many times a second, so it is counted once and
 * then kept up to date by what comes and goes: there may be 400,000 files.
 */
export class WantedBytes {
  readonly #content: Content
  readonly #files: Pick<FileTable, 'isSkipped'>
  readonly #bits: SegmentMap
  #sum: Sum | undefined

  constructor(content: Content, files: Pick<FileTable, 'isSkipped'>, bits: SegmentMap) {
    this.#content = content
    this.#files = files
    this.#bits = bits
    bits.onBytes = (file, change) => {
      if (this.#sum !== undefined && !files.isSkipped(file)) this.#sum.verified += change
    }
  }

  get sum(): { readonly bytes: number; readonly verified: number } {
    this.#sum ??= this.#count()
    return { ...this.#sum }
  }

  /** Other files are skipped now. */
  chosen(): void {
    this.#sum = undefined
  }

  #count(): Sum {
    const hasAny = this.#bits.segments.count > 0
    let bytes = 0
    let verified = 0
    for (const { index, size } of this.#content.files) {
      if (this.#files.isSkipped(index)) continue
      bytes += size
      if (hasAny) verified += this.#bits.bytesOf(index)
    }
    return { bytes, verified }
  }
}
