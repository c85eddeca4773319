import { createReadStream } from 'node:fs'
import * as fs from 'node:fs/promises'

/** The files of the log: HOME/audit.log, which is written, and the full ones before it: audit.log.1, audit.log.2, ... */
export class AuditFiles {
  readonly #path: string
  readonly #maxBytes: number
  readonly #maxFiles: number
  #bytes = 0

  constructor(home: string, maxBytes: number, maxFiles: number) {
    this.#path = `${home}/audit.log`
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
  }

  /** Whether the file that is written has nothing in it. */
  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** Looks at what is there. */
  async open(): Promise<void> {
    this.#bytes = (await fs.stat(this.#path).catch(() => undefined))?.size ?? 0
  }

  /** Whether so many bytes more belong in another file; that one is the one written from now on. */
  async makeRoom(bytes: number): Promise<boolean> {
    if (this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes) return false
    await fs.rm(this.#name(this.#maxFiles - 1), { force: true })
    for (let i = this.#maxFiles - 2; i >= 0; i--) await renameIfThere(this.#name(i), this.#name(i + 1))
    this.#bytes = 0
    return true
  }

  /** All of it or, when the disk refuses, nothing. */
  async append(text: string): Promise<void> {
    const file = await fs.open(this.#path, 'a', 0o600)
    try {
      const written = Buffer.from(text)
      await file.appendFile(written).catch(async error => {
        await file.truncate(this.#bytes)
        throw error
      })
      this.#bytes += written.length
    } finally {
      await file.close()
    }
  }

  /** Whether what was written last ends with a whole line. */
  async endsWhole(): Promise<boolean> {
    if (this.#bytes === 0) return true
    const file = await fs.open(this.#path, 'r')
    try {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, this.#bytes - 1)
      return buffer[0] === 0x0a
    } finally {
      await file.close()
    }
  }

  /** Every line, the oldest first. */
  async *lines(
    newest: number = this.#maxFiles,
  ): AsyncGenerator<{ file: string; number: number; line: string }> {
    for (let i = newest - 1; i >= 0; i--) {
      const path = this.#name(i)
      if ((await fs.stat(path).catch(() => undefined)) === undefined) continue
      let number = 0
      for await (const line of linesOf(path)) yield { file: path, number: ++number, line }
    }
  }

  #name(index: number): string {
    return index === 0 ? this.#path : `${this.#path}.${index}`
  }
}

/** Exactly what stands between the ends of lines: other readers take more characters than one for such an end. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    let from = 0
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, from)) {
      yield rest.toString('utf8', from, end)
      from = end + 1
    }
    rest = rest.subarray(from)
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await fs.rename(from, to).catch(error => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}
