import type { World } from '../../base/index.ts'
import { PieceMap } from '../../content/index.ts'
import type { WayOut } from '../../network/index.ts'
import { type ContentPort, copyBytes, type Pipe, type Session } from '../../swarm/index.ts'
import type { Message } from '../../wire/index.ts'
import type { WebSeedAsks } from '../finders.ts'
import type { WebSeedsConfig } from './config.ts'
import { fetchRange } from './fetch-range.ts'
import type { MissingFiles } from './missing-files.ts'
import { type Block, type Part, type Range, RangeQueue } from './range-queue.ts'
import { WebFailure } from './web-failure.ts'
import { pieceUrl, webSeedUrl } from './web-seed-url.ts'

export interface WebPipeParts {
  readonly world: World
  readonly config: WebSeedsConfig
  readonly url: string
  readonly asks: WebSeedAsks
  readonly port: ContentPort
  /** Of this server, also from the time before. */
  readonly missing: MissingFiles
  mayReach(ip: string): boolean
  readonly egress: WayOut
  /** A block came. */
  onBlock(): void
  /** It has not all of the files. */
  onMissing(failure: WebFailure): void
  /** It cannot go on, for now at least. */
  onFailure(failure: WebFailure): void
  /** The swarm has ended it. */
  onClose(reason: string): void
}

/**
 * A web server as a peer of a swarm (BEP 19): requests for blocks become requests for ranges of files, over several connections,
 * and what comes goes straight to where the swarm wants it.
 */
export class WebPipe implements Pipe {
  readonly name: string
  readonly bufferedBytes = 0
  readonly #parts: WebPipeParts
  readonly #queue: RangeQueue
  readonly #abort = new AbortController()
  /** Where redirects of single files led to, and until when that counts. */
  readonly #moved = new Map<number, { readonly url: string; readonly until: number }>()
  #session: Session | undefined
  #active = 0
  /** Files that were not there, less the ranges that came. */
  #misses = 0
  #soon = false

  constructor(parts: WebPipeParts) {
    this.#parts = parts
    this.name = parts.url
    this.#queue = new RangeQueue(new PieceMap(parts.port.content), parts.asks)
  }

  /** Begins: it has everything, as far as we know, and serves us. */
  begin(session: Session): void {
    this.#session = session
    session.state.clientVersion = 'web server'
    session.offers(this.#parts.missing.pieces())
    session.receive({ type: 'unchoke' })
  }

  send(message: Message, release?: () => void): void {
    release?.()
    if (this.#abort.signal.aborted) return
    const { type } = message
    if (type === 'request') {
      const block = this.#queue.add(message.piece, message.begin, message.length)
      // Nothing but padding.
      if (block.left === 0) queueMicrotask(() => this.#finish(block))
    } else if (type === 'cancel') {
      const block = this.#queue.cancel(message.piece, message.begin)
      if (block !== undefined) queueMicrotask(() => this.#tellReject(block))
    } else if (type === 'keepalive') queueMicrotask(() => this.#session?.receive({ type: 'keepalive' }))
    this.#runSoon()
  }

  /** Nothing is ever buffered. */
  onDrain(): void {}

  close(reason: string): void {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new Error(reason))
    this.#parts.onClose(reason)
  }

  /** Requests of one turn are looked at together: they become few ranges. */
  #runSoon(): void {
    if (this.#soon) return
    this.#soon = true
    queueMicrotask(() => {
      this.#soon = false
      this.#run()
    })
  }

  #run(): void {
    const { config, asks } = this.#parts
    const { minRangeBytes, maxRangeBytes } = config
    // Scripts of BEP 17 are there to keep the load low.
    const connections = asks === 'pieces' ? 1 : config.connections
    while (this.#active < connections && !this.#abort.signal.aborted) {
      const share = Math.ceil(this.#queue.bytes / (connections - this.#active))
      const range = this.#queue.take(Math.min(Math.max(share, minRangeBytes), maxRangeBytes))
      if (range === undefined) return
      this.#active++
      void this.#fetch(range).finally(() => {
        this.#active--
        this.#run()
      })
    }
  }

  async #fetch(range: Range): Promise<void> {
    const sink = new RangeSink(
      range,
      block => this.#place(block),
      block => this.#finish(block),
    )
    try {
      await this.#fetchOnce(range, sink)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      if (!(error instanceof WebFailure)) throw error
      // A connection that was kept open may have been closed at the other end just now, and what moved may have moved on.
      if (
        error.kind !== 'busy' &&
        sink.received === 0 &&
        (error.kind === 'failed' || this.#moved.delete(range.file))
      )
        await this.#fetchAgain(range, sink)
      else this.#failed(range, error)
    }
  }

  async #fetchAgain(range: Range, sink: RangeSink): Promise<void> {
    this.#moved.delete(range.file)
    try {
      await this.#fetchOnce(range, sink)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      if (!(error instanceof WebFailure)) throw error
      this.#failed(range, error)
    }
  }

  async #fetchOnce(range: Range, sink: RangeSink): Promise<void> {
    const { world, config, mayReach, egress, asks } = this.#parts
    const usual = new URL(this.#urlOf(range)).href
    const moved = this.#moved.get(range.file)
    const url = moved !== undefined && moved.until > world.now() ? moved.url : usual
    const last = await fetchRange({
      world,
      config,
      url,
      asks,
      offset: range.offset,
      length: range.length,
      fileSize: this.#parts.port.content.files[range.file]!.size,
      signal: this.#abort.signal,
      egress,
      mayReach,
      onBytes: chunk => {
        if (!this.#abort.signal.aborted) sink.take(chunk)
      },
    })
    if (this.#misses > 0) this.#misses--
    // What a script sends somewhere else is one answer only.
    if (last.href !== url && asks === 'files')
      this.#moved.set(range.file, { url: last.href, until: world.now() + config.redirectMs })
  }

  #urlOf({ file, length, parts }: Range): string {
    const { url, asks, port } = this.#parts
    if (asks === 'files') return webSeedUrl(url, port.content, port.content.files[file]!)
    const { block, at } = parts[0]!
    return pieceUrl(url, port.content, { piece: block.piece, begin: block.begin + at, length })
  }

  #place({ piece, begin, length }: Block): Uint8Array | undefined {
    return this.#session?.place(piece, begin, length)
  }

  #finish(block: Block): void {
    const { piece, begin, length } = block
    if (this.#abort.signal.aborted) return
    if (!block.begun) block.target = this.#place(block)
    this.#session?.receive({ type: 'piece', piece, begin, length })
    this.#parts.onBlock()
  }

  #failed(range: Range, failure: WebFailure): void {
    for (const { block } of range.parts) {
      if (block.left === 0 || block.dropped) continue
      this.#queue.drop(block)
      this.#tellReject(block)
    }
    if (failure.kind === 'missing') this.#miss([range.file], failure)
    else if (failure.kind === 'whole-files') this.#miss(this.#largeFiles(), failure)
    else this.#parts.onFailure(failure)
  }

  #tellReject({ piece, begin, length }: Block): void {
    this.#session?.receive({ type: 'reject', piece, begin, length })
  }

  #largeFiles(): number[] {
    const { port, config } = this.#parts
    return port.content.files.filter(({ size }) => size > config.maxSkipBytes).map(({ index }) => index)
  }

  /** It has not these files: the others may still be had from it. */
  #miss(files: readonly number[], failure: WebFailure): void {
    const { missing, config, onMissing, onFailure } = this.#parts
    const known = missing.count
    missing.add(files)
    if (failure.kind === 'missing' && missing.count > known) this.#misses++
    const pieces = missing.pieces()
    if (pieces.count === 0 || this.#misses >= config.maxMissingFiles) onFailure(failure)
    else {
      onMissing(failure)
      this.#session?.offers(pieces)
    }
  }
}

/** Takes the bytes of a range in order and puts them into its blocks. */
class RangeSink {
  received = 0
  readonly #range: Range
  readonly #place: (block: Block) => Uint8Array | undefined
  readonly #finish: (block: Block) => void
  #index = 0
  /** Of the present part, in bytes. */
  #done = 0

  constructor(range: Range, place: (block: Block) => Uint8Array | undefined, finish: (block: Block) => void) {
    this.#range = range
    this.#place = place
    this.#finish = finish
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const part = this.#range.parts[this.#index]!
      const count = Math.min(chunk.length - at, part.length - this.#done)
      this.#put(part, chunk, at, count)
      at += count
    }
  }

  #put({ block, at, length }: Part, chunk: Uint8Array, from: number, count: number): void {
    if (!block.begun && !block.dropped) {
      block.begun = true
      block.target = this.#place(block)
    }
    if (block.target !== undefined && !block.dropped)
      copyBytes(chunk, from, from + count, block.target, at + this.#done)
    this.received += count
    this.#done += count
    block.left -= count
    if (this.#done === length) {
      this.#index++
      this.#done = 0
    }
    if (block.left === 0 && !block.dropped) this.#finish(block)
  }
}
