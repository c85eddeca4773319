import type { World } from '../../base/index.ts'
import { PieceMap } from '../../content/index.ts'
import type { WayOut } from '../../network/index.ts'
import {
  type ContentPort,
  type FileRange,
  type MissingFiles,
  RangePipe,
  RangeQueue,
  type RangeSink,
  type Session,
} from '../../swarm/index.ts'
import type { WebSeedAsks } from '../finders.ts'
import type { WebSeedsConfig } from './config.ts'
import { fetchRange } from './fetch-range.ts'
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

/** A web server as a peer of a swarm (BEP 19), with several connections to it. */
export class WebPipe {
  readonly pipe: RangePipe
  readonly #parts: WebPipeParts
  /** Where redirects of single files led to, and until when that counts. */
  readonly #moved = new Map<number, { readonly url: string; readonly until: number }>()
  /** Files that were not there, less the ranges that came. */
  #misses = 0

  constructor(parts: WebPipeParts) {
    const { config, asks, port, url } = parts
    this.#parts = parts
    this.pipe = new RangePipe({
      name: url,
      client: 'web server',
      queue: new RangeQueue(new PieceMap(port.content), asks),
      // Scripts of BEP 17 are there to keep the load low.
      connections: asks === 'pieces' ? 1 : config.connections,
      minRangeBytes: config.minRangeBytes,
      maxRangeBytes: config.maxRangeBytes,
      fetch: (range, sink, signal) => this.#fetch(range, sink, signal),
      onBlock: parts.onBlock,
      onFailure: (range, error) => this.#failed(range, error),
      onClose: parts.onClose,
    })
  }

  /** Begins: it has everything, as far as we know, and serves us. */
  begin(session: Session): void {
    this.pipe.begin(session, this.#parts.missing.pieces())
  }

  async #fetch(range: FileRange, sink: RangeSink, signal: AbortSignal): Promise<void> {
    try {
      await this.#fetchOnce(range, sink, signal)
    } catch (error) {
      if (signal.aborted || !(error instanceof WebFailure) || !this.#isWorthAnother(range, error, sink))
        throw error
      await this.#fetchOnce(range, sink, signal)
    }
  }

  /** A connection that was kept open may have been closed at the other end just now, and what moved may have moved on. */
  #isWorthAnother({ file }: FileRange, { kind }: WebFailure, { received }: RangeSink): boolean {
    if (kind === 'busy' || received > 0) return false
    const hadMoved = this.#moved.delete(file)
    return kind === 'failed' || hadMoved
  }

  async #fetchOnce(range: FileRange, sink: RangeSink, signal: AbortSignal): Promise<void> {
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
      signal,
      egress,
      mayReach,
      onBytes: chunk => {
        if (!signal.aborted) sink.take(chunk)
      },
    })
    if (this.#misses > 0) this.#misses--
    // What a script sends somewhere else is one answer only.
    if (last.href !== url && asks === 'files')
      this.#moved.set(range.file, { url: last.href, until: world.now() + config.redirectMs })
  }

  #urlOf({ file, length, parts }: FileRange): string {
    const { url, asks, port } = this.#parts
    if (asks === 'files') return webSeedUrl(url, port.content, port.content.files[file]!)
    const { block, at } = parts[0]!
    return pieceUrl(url, port.content, { piece: block.piece, begin: block.begin + at, length })
  }

  #failed(range: FileRange, failure: unknown): void {
    if (!(failure instanceof WebFailure)) throw failure
    if (failure.kind === 'missing') this.#miss([range.file], failure)
    else if (failure.kind === 'whole-files') this.#miss(this.#largeFiles(), failure)
    else this.#parts.onFailure(failure)
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
      this.pipe.offers(pieces)
    }
  }
}
