export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One entry of the log. Its texts may have come from anybody. */
export interface LogEntry {
  /** Grows by one from entry to entry, within one run. */
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly level: LogLevel
  /** Which part of the program tells it; empty: none in particular. */
  readonly room: string
  readonly message: string
  /** The rest of it as JSON; empty when there is none. */
  readonly details: string
}

export interface LogFilter {
  /** Least important level. */
  readonly level: LogLevel
  readonly room?: string | undefined
  /** Found anywhere in it, in capitals or not. */
  readonly text?: string | undefined
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 }
const maxMessage = 2_048
const maxDetails = 4_096
const maxRoom = 40

/** The last entries of the log, and whoever waits for the next ones. */
export class LogRing {
  readonly #limit: number
  readonly #entries: LogEntry[] = []
  readonly #waiting = new Set<() => void>()
  #sequence = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** One line of the log as pino writes it, without secrets; what is none is left out. */
  push(line: string): void {
    const entry = entryOf(line, this.#sequence + 1)
    if (entry === undefined) return
    this.#sequence++
    this.#entries.push(entry)
    // Some at a time: each time moves all that stay.
    if (this.#entries.length > this.#limit * 1.25) this.#entries.splice(0, this.#entries.length - this.#limit)
    for (const wake of this.#waiting) wake()
  }

  get size(): number {
    return Math.min(this.#limit, this.#entries.length)
  }

  /** Names of all rooms that told something, sorted. */
  rooms(): string[] {
    return [...new Set(this.#kept().map(({ room }) => room))].filter(room => room !== '').sort()
  }

  /** The latest `count` that fit, in their order. */
  find(filter: LogFilter, count: number, before: number = Number.POSITIVE_INFINITY): readonly LogEntry[] {
    const fits = matcher(filter)
    const found: LogEntry[] = []
    const kept = this.#kept()
    for (let at = kept.length - 1; at >= 0 && found.length < count; at--) {
      const entry = kept[at]!
      if (entry.sequence < before && fits(entry)) found.push(entry)
    }
    return found.reverse()
  }

  /** The latest `count` that fit, then those that come, each time all that came meanwhile; what a slow reader missed is missing. */
  async *follow(filter: LogFilter, count: number, signal: AbortSignal): AsyncGenerator<readonly LogEntry[]> {
    const fits = matcher(filter)
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => abort(), { once: true })
    let last = this.#sequence
    yield this.find(filter, count)
    while (!signal.aborted) {
      if (last === this.#sequence) await Promise.race([this.#next(), aborted])
      const news = this.#kept().filter(entry => entry.sequence > last && fits(entry))
      last = this.#sequence
      if (news.length > 0 && !signal.aborted) yield news
    }
    throw signal.reason
  }

  #kept(): LogEntry[] {
    return this.#entries.length > this.#limit ? this.#entries.slice(-this.#limit) : this.#entries
  }

  #next(): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
    })
  }
}

function matcher({ level, room, text }: LogFilter): (entry: LogEntry) => boolean {
  const least = ranks[level]
  const wanted = text?.toLowerCase()
  return entry =>
    ranks[entry.level] >= least &&
    (room === undefined || entry.room === room) &&
    (wanted === undefined || `${entry.room} ${entry.message} ${entry.details}`.toLowerCase().includes(wanted))
}

function entryOf(line: string, sequence: number): LogEntry | undefined {
  try {
    const { level, time, msg, room, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line)
    if (typeof level !== 'number' || typeof time !== 'number') return undefined
    const details = JSON.stringify(rest)
    return {
      sequence,
      at: time,
      level: levelOf(level),
      room: typeof room === 'string' ? room.slice(0, maxRoom) : '',
      message: cut(typeof msg === 'string' ? msg : String(rest.error?.message ?? ''), maxMessage),
      details: details === '{}' ? '' : cut(details, maxDetails),
    }
  } catch {
    // Cut off by a crash.
    return undefined
  }
}

function levelOf(level: number): LogLevel {
  if (level >= ranks.error) return 'error'
  if (level >= ranks.warn) return 'warn'
  return level >= ranks.info ? 'info' : 'debug'
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
