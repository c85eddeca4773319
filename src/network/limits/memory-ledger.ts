/** What bytes wait for: to be sent, or to be read by whoever they are for. */
export type Waiting = 'sending' | 'receiving'

/** What one connection holds. */
export interface Account {
  /** Bytes more (or, negative, fewer) wait now. */
  add(kind: Waiting, bytes: number): void
  /** The connection is gone, and what it held. */
  close(): void
}

class Entry implements Account {
  held = 0
  readonly shed: () => void
  readonly #ledger: MemoryLedger
  readonly #byKind: Record<Waiting, number> = { sending: 0, receiving: 0 }

  constructor(ledger: MemoryLedger, shed: () => void) {
    this.#ledger = ledger
    this.shed = shed
  }

  add(kind: Waiting, bytes: number): void {
    this.held += bytes
    this.#byKind[kind] += bytes
    this.#ledger.changed(kind, bytes)
  }

  close(): void {
    this.add('sending', -this.#byKind.sending)
    this.add('receiving', -this.#byKind.receiving)
    this.#ledger.closed(this)
  }
}

/**
 * All bytes that wait on connections, counted as they come and go. A stream stops its sender within its own window, but thousands of
 * streams that are not read from add up: beyond the limit the connection that holds the most is given up.
 */
export class MemoryLedger {
  readonly limit: number
  readonly #entries: Set<Entry> = new Set()
  readonly #used: Record<Waiting, number> = { sending: 0, receiving: 0 }
  #shedding = false
  #shed = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** `shed` gives the connection up. It is called in a turn of its own. */
  open(shed: () => void): Account {
    const entry = new Entry(this, shed)
    this.#entries.add(entry)
    return entry
  }

  get used(): Readonly<Record<Waiting, number>> {
    return { ...this.#used }
  }

  /** Connections that were given up. */
  get shed(): number {
    return this.#shed
  }

  /** Of an account. */
  changed(kind: Waiting, bytes: number): void {
    this.#used[kind] += bytes
    if (this.#isOver && !this.#shedding) this.#shedSoon()
  }

  closed(entry: Entry): void {
    this.#entries.delete(entry)
  }

  get #isOver(): boolean {
    return this.#used.sending + this.#used.receiving > this.limit
  }

  /** Not now: somebody is in the middle of queueing. */
  #shedSoon(): void {
    this.#shedding = true
    queueMicrotask(() => {
      this.#shedding = false
      if (!this.#isOver || this.#entries.size === 0) return
      const largest = [...this.#entries].reduce((most, next) => (next.held > most.held ? next : most))
      this.#shed++
      this.#entries.delete(largest)
      largest.shed()
      if (this.#isOver) this.#shedSoon()
    })
  }
}
