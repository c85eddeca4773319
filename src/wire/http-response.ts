import { PeerageError } from '../base/index.ts'

/** What an HTTP answer says before its body. */
export interface HttpHead {
  readonly status: number
  /** By lower-case name; of a name that came several times all values, joined by commas. */
  readonly headers: ReadonlyMap<string, string>
}

/** Gets an answer as it comes. Chunks are parts of what was read, and valid during the call only. */
export interface HttpSink {
  head(head: HttpHead): void
  body(chunk: Uint8Array): void
  end(): void
}

export const maxHttpHeadBytes = 16_384
const maxChunkLine = 1_024
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/
const chunkLine = /^([0-9a-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i
const lineFeed = 10

type Stage = 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'done'

/** Reads one answer to a GET (RFC 9112) without copying its body. Does no I/O. */
export class HttpResponseReader {
  readonly #sink: HttpSink
  #stage: Stage = 'head'
  /** Of the line that is coming, without its end. */
  #line = ''
  /** What head, chunk line or trailer took so far, in bytes. */
  #taken = 0
  #lines: string[] = []
  /** Of the body or chunk, in bytes. */
  #left = 0
  #persists = false
  #excess = false

  constructor(sink: HttpSink) {
    this.#sink = sink
  }

  /** All of it came. */
  get isDone(): boolean {
    return this.#stage === 'done'
  }

  /** Whether the connection can carry another answer. */
  get isReusable(): boolean {
    return this.isDone && this.#persists && !this.#excess
  }

  /** Throws `wire.invalid` for what is no HTTP, `wire.limit` for what is too long. */
  receive(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#stage === 'done') {
        this.#excess = true
        return
      }
      at = this.#isBody() ? this.#takeBody(chunk, at) : this.#takeLine(chunk, at)
    }
  }

  /** The other side ended the connection. Throws `wire.invalid` when something is missing. */
  closed(): void {
    if (this.#stage === 'until-close') {
      this.#persists = false
      this.#finish()
    } else if (this.#stage !== 'done') throw new PeerageError('wire.invalid', 'The answer breaks off.')
  }

  #isBody(): boolean {
    return this.#stage === 'length' || this.#stage === 'until-close' || this.#stage === 'chunk'
  }

  #takeBody(chunk: Uint8Array, at: number): number {
    const end = this.#stage === 'until-close' ? chunk.length : Math.min(chunk.length, at + this.#left)
    this.#left -= end - at
    this.#sink.body(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end))
    if (this.#left === 0 && this.#stage === 'chunk') this.#stage = 'chunk-end'
    else if (this.#left === 0 && this.#stage === 'length') this.#finish()
    return end
  }

  #takeLine(chunk: Uint8Array, at: number): number {
    const found = chunk.indexOf(lineFeed, at)
    const end = found === -1 ? chunk.length : found
    this.#taken += end - at + (found === -1 ? 0 : 1)
    if (this.#taken > (this.#stage === 'chunk-size' ? maxChunkLine : maxHttpHeadBytes))
      throw new PeerageError('wire.limit', 'The headers of the answer are too long.')
    for (let i = at; i < end; i++) this.#line += String.fromCharCode(chunk[i]!)
    if (found === -1) return end
    const line = this.#line
    this.#line = ''
    if (!line.endsWith('\r')) throw noHttp()
    this.#onLine(line.slice(0, -1))
    return end + 1
  }

  #onLine(line: string): void {
    switch (this.#stage) {
      case 'head':
        if (line === '') this.#onHead()
        else this.#lines.push(line)
        break
      case 'chunk-size':
        this.#onChunkSize(line)
        break
      case 'chunk-end':
        if (line !== '') throw noHttp()
        this.#startLine('chunk-size')
        break
      default:
        // What comes behind the chunks is of no use here.
        if (line === '') this.#finish()
    }
  }

  #onHead(): void {
    const [first = '', ...lines] = this.#lines
    const match = statusLine.exec(first)
    if (match === null) throw noHttp()
    const status = Number(match[2])
    const headers = headersOf(lines)
    this.#lines = []
    // Nobody asked for another protocol.
    if (status === 101) throw noHttp()
    // Something in advance, the answer itself follows (RFC 9110, "Informational 1xx"): all together within the bound.
    if (status < 200) return
    const options = (headers.get('connection') ?? '').toLowerCase().split(/[\t ]*,[\t ]*/)
    this.#persists = match[1] === '1' ? !options.includes('close') : options.includes('keep-alive')
    this.#startLine(this.#stageOf(status, headers))
    this.#sink.head({ status, headers })
    if (this.#stage === 'length' && this.#left === 0) this.#finish()
  }

  /** How the body is delimited (RFC 9112, "Message Body Length"). */
  #stageOf(status: number, headers: ReadonlyMap<string, string>): Stage {
    const coding = headers.get('transfer-encoding')
    const length = headers.get('content-length')
    // Who says both may mean to confuse.
    if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== 'chunked')) throw noHttp()
    if (status === 204 || status === 304) return 'length'
    if (coding !== undefined) return 'chunk-size'
    if (length === undefined) return 'until-close'
    const lengths = new Set(length.split(/[\t ]*,[\t ]*/))
    if (lengths.size !== 1 || !/^\d{1,15}$/.test([...lengths][0]!)) throw noHttp()
    this.#left = Number([...lengths][0])
    return 'length'
  }

  #onChunkSize(line: string): void {
    const match = chunkLine.exec(line)
    if (match === null) throw noHttp()
    this.#left = Number.parseInt(match[1]!, 16)
    if (this.#left === 0) this.#startLine('trailer')
    else this.#stage = 'chunk'
  }

  #startLine(stage: Stage): void {
    this.#stage = stage
    this.#taken = 0
    this.#lines = []
  }

  #finish(): void {
    this.#stage = 'done'
    this.#sink.end()
  }
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const match = headerLine.exec(line)
    if (match === null) throw noHttp()
    const name = match[1]!.toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? match[2]! : `${before}, ${match[2]}`)
  }
  return headers
}

function noHttp(): PeerageError {
  return new PeerageError('wire.invalid', 'The answer is no HTTP.')
}
