import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { IpRanges, PeerageError } from '../../base/index.ts'
import { openRegular } from '../../store/index.ts'
import { maxLineLength, parseFilterLine } from './filter-line.ts'

export interface FilterLimits {
  readonly maxFilterBytes: number
  readonly maxFilterRanges: number
}

/** A list as it was read. */
export interface FilterList {
  readonly ranges: IpRanges
  /** Lines that name addresses, and lines that say nothing that is understood. */
  readonly lines: number
  readonly junk: number
  /** Numbers of the first lines that were not understood, 1 first. */
  readonly junkLines: readonly number[]
}

/** Longest stretch of work before other things get a turn, in characters of the list. */
const stretch = 32 * 1024
const toldJunk = 5

/**
 * Reads a list of addresses, plain or gzipped, a piece at a time: nothing else has to wait for it. Throws `config.invalid` when
 * it cannot be read, when a bound is exceeded, or when it holds nothing but lines that are not understood.
 */
export async function readFilter(path: string, limits: FilterLimits): Promise<FilterList> {
  const reading = new FilterReading(path, limits)
  try {
    for await (const chunk of await openList(path)) {
      reading.take(chunk as Buffer)
      await turn()
    }
  } catch (cause) {
    if (cause instanceof PeerageError) throw cause
    throw refused(path, 'cannot be read', cause)
  }
  return await reading.end()
}

function refused(path: string, what: string, cause?: unknown): PeerageError {
  const details = { key: 'bittorrent.ipFilter' }
  return new PeerageError('config.invalid', `The address list ${path} ${what}.`, { cause, details })
}

async function openList(path: string): Promise<Readable> {
  await using file = await openRegular(path).catch(cause => {
    throw refused(path, 'cannot be read', cause)
  })
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  const plain = createReadStream(path, { highWaterMark: stretch })
  const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  if (!isGzip) return plain
  const unpacked = createGunzip({ chunkSize: stretch })
  plain.on('error', error => unpacked.destroy(error))
  return plain.pipe(unpacked)
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

class FilterReading {
  readonly #path: string
  readonly #limits: FilterLimits
  readonly #ranges = new IpRanges()
  readonly #junkLines: number[] = []
  #rest = ''
  #bytes = 0
  #number = 0
  #lines = 0
  #junk = 0

  constructor(path: string, limits: FilterLimits) {
    this.#path = path
    this.#limits = limits
  }

  take(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.maxFilterBytes)
      throw refused(
        this.#path,
        `is longer than ${this.#limits.maxFilterBytes} bytes (bittorrent.maxFilterBytes)`,
      )
    // Names in lists are of any encoding; addresses are ASCII.
    const text = this.#rest + chunk.toString('latin1')
    let from = 0
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#line(text.slice(from, text.charCodeAt(to - 1) === 0x0d ? to - 1 : to))
      from = to + 1
    }
    // A line without end is junk already; what follows of it need not be kept.
    this.#rest = text.slice(from, from + 2 * maxLineLength)
  }

  async end(): Promise<FilterList> {
    if (this.#rest !== '') this.#line(this.#rest)
    if (this.#lines === 0 && this.#junk > 0)
      throw refused(this.#path, 'holds no addresses that are understood')
    for (const _ of this.#ranges.build()) await turn()
    return { ranges: this.#ranges, lines: this.#lines, junk: this.#junk, junkLines: this.#junkLines }
  }

  #line(line: string): void {
    this.#number++
    const parsed = parseFilterLine(line)
    if (parsed === 'none') return
    if (parsed !== 'junk' && this.#ranges.add(parsed.first, parsed.last)) {
      if (++this.#lines > this.#limits.maxFilterRanges)
        throw refused(
          this.#path,
          `has more than ${this.#limits.maxFilterRanges} ranges (bittorrent.maxFilterRanges)`,
        )
    } else {
      this.#junk++
      if (this.#junkLines.length < toldJunk) this.#junkLines.push(this.#number)
    }
  }
}
