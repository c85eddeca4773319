import type { Bitfield } from '../base/index.ts'
import type { Message } from '../wire/index.ts'
import type { Pipe } from './ports.ts'
import type { Block, Range, RangeQueue } from './range-queue.ts'
import { RangeSink } from './range-sink.ts'
import type { Session } from './session.ts'

export interface RangePipeParts {
  readonly name: string
  /** What people are told that it is. */
  readonly client: string
  readonly queue: RangeQueue
  /** Ranges that are fetched at the same time. */
  readonly connections: number
  /** Ranges this long are not split among them. */
  readonly minRangeBytes: number
  readonly maxRangeBytes: number
  /** Gives the bytes of a range to the sink, in order. Rejects with what `onFailure` gets, and with anything once the signal is aborted. */
  fetch(range: Range, sink: RangeSink, signal: AbortSignal): Promise<void>
  /** A block came. */
  onBlock(): void
  /** A range did not come; its blocks were given back. */
  onFailure(range: Range, error: unknown): void
  /** The swarm has ended it. */
  onClose(reason: string): void
}

/**
 * A source that knows files and no protocol of peers, as a peer of a swarm: requests for blocks become ranges of files, several at a
 * time, and what comes goes straight to where the swarm wants it. So web servers (BEP 19) and IPFS take part like everybody else.
 */
export class RangePipe implements Pipe {
  readonly name: string
  readonly bufferedBytes = 0
  readonly #parts: RangePipeParts
  readonly #queue: RangeQueue
  readonly #abort = new AbortController()
  #session: Session | undefined
  #active = 0
  #soon = false

  constructor(parts: RangePipeParts) {
    this.#parts = parts
    this.name = parts.name
    this.#queue = parts.queue
  }

  /** Begins: it has these pieces, and serves us. */
  begin(session: Session, pieces: Bitfield): void {
    this.#session = session
    session.state.clientVersion = this.#parts.client
    session.offers(pieces)
    session.receive({ type: 'unchoke' })
  }

  /** It has these pieces from now on. */
  offers(pieces: Bitfield): void {
    this.#session?.offers(pieces)
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
    const { connections, minRangeBytes, maxRangeBytes } = this.#parts
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
    const { signal } = this.#abort
    const sink = new RangeSink(
      range,
      block => this.#place(block),
      block => this.#finish(block),
    )
    try {
      await this.#parts.fetch(range, sink, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#giveBack(range)
      this.#parts.onFailure(range, error)
    }
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

  #giveBack(range: Range): void {
    for (const { block } of range.parts) {
      if (block.left === 0 || block.dropped) continue
      this.#queue.drop(block)
      this.#tellReject(block)
    }
  }

  #tellReject({ piece, begin, length }: Block): void {
    this.#session?.receive({ type: 'reject', piece, begin, length })
  }
}
