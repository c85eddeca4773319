import type { Reader } from './deadlines.ts'
import type { Exchange } from './exchange.ts'

/** Fetches all pieces in order while it is on: a reader that goes on as soon as what it waits for is here. */
export class InOrder {
  #reader: Reader | undefined
  #next = 0

  get on(): boolean {
    return this.#reader !== undefined
  }

  start(reader: Reader | undefined, exchange: Exchange): void {
    this.#reader = reader
    this.#next = 0
    this.advance(exchange)
  }

  stop(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  /** A piece was verified. */
  advance(exchange: Exchange): void {
    if (this.#reader === undefined) return
    const { downloads, layout } = exchange
    const before = this.#next
    while (this.#next < layout.pieceCount && !downloads.isWanted(this.#next)) this.#next++
    if (this.#next >= layout.pieceCount) this.stop()
    else if (this.#next !== before) this.#reader.moveTo(this.#next)
  }
}
