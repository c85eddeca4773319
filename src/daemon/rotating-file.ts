import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * A text file that is begun anew when it has grown: `x.log` becomes `x.log.1`, that one `.2`, and so on. Lines of one turn of
 * the event loop are written at once. Writing never throws: a full disk must not end the peer because it cannot tell of it.
 */
export class RotatingFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #kept: number
  #fd: number | undefined
  #bytes = 0
  #waiting: string[] = []

  constructor(path: string, { maxBytes, kept }: { readonly maxBytes: number; readonly kept: number }) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#kept = kept
    this.#open()
  }

  write(line: string): void {
    if (this.#waiting.push(line) === 1) setImmediate(() => this.#flush())
  }

  close(): void {
    this.#flush()
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #open(): void {
    this.#fd = openSync(this.#path, 'a', 0o600)
    this.#bytes = fstatSync(this.#fd).size
  }

  #flush(): void {
    const lines = this.#waiting.splice(0)
    if (lines.length === 0 || this.#fd === undefined) return
    try {
      const bytes = Buffer.from(lines.join(''))
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#begin()
      writeSync(this.#fd, bytes)
      this.#bytes += bytes.length
    } catch {
      // Nowhere to tell it.
    }
  }

  #begin(): void {
    closeSync(this.#fd!)
    this.#fd = undefined
    try {
      for (let i = this.#kept; i >= 1; i--)
        moveIfThere(i === 1 ? this.#path : `${this.#path}.${i - 1}`, `${this.#path}.${i}`)
      if (this.#kept === 0) rmSync(this.#path, { force: true })
    } finally {
      this.#open()
    }
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** The whole lines in the last `maxBytes` of a text file; none when it cannot be read. */
export function lastLines(path: string, maxBytes: number): readonly string[] {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const { size } = fstatSync(fd)
    const from = Math.max(0, size - maxBytes)
    const bytes = Buffer.alloc(size - from)
    const read = readSync(fd, bytes, 0, bytes.length, from)
    const lines = bytes.toString('utf8', 0, read).split('\n')
    return lines.slice(from === 0 ? 0 : 1).filter(line => line !== '')
  } catch {
    return []
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
