import { type Timer, type World, z } from '../base/index.ts'
import { AuditFiles } from './audit-files.ts'
import { type AuditRecord, type AuditRow, maxAuditText, readLine, writeLine } from './audit-line.ts'
import { AuditSummary, type Summed } from './audit-summary.ts'
import type { AccessConfig } from './config.ts'
import type { KeyValue } from './records.ts'

export interface AuditOptions {
  readonly home: string
  readonly world: World
  readonly config: AccessConfig
  /** Remembers the last line, so that it shows when lines at the end are gone. */
  readonly state: KeyValue
}

/** Which lines; all that is given must fit. */
export interface AuditFilter {
  readonly peers?: readonly string[] | undefined
  readonly resource?: string | undefined
  readonly action?: string | undefined
  readonly allowed?: boolean | undefined
  /** Milliseconds since the Unix epoch. */
  readonly since?: number | undefined
  /** Only lines with a smaller number, for the page before. */
  readonly before?: number | undefined
  /** Only the last so many. */
  readonly limit?: number | undefined
}

/** What a look at the whole chain found. */
export interface AuditVerdict {
  readonly lines: number
  /** When the oldest line that is kept was written; milliseconds since the Unix epoch. */
  readonly since?: number | undefined
  /** At most 100. */
  readonly problems: readonly { readonly file: string; readonly line: number; readonly what: string }[]
}

interface Head {
  sequence: number
  hash: string
}

const head: z.ZodType<Head> = z.object({ sequence: z.int().min(0), hash: z.string().max(64) })
const headKey = ['access.audit', 'head'] as const
const writeAfterMs = 500
const againAfterMs = 5_000
/** Lines that wait for the disk; what comes then is only counted. */
const maxWaiting = 10_000
const maxProblems = 100
const note = { peer: '', action: 'note', resource: 'audit:log', allowed: false } as const

/**
 * Who asked for and got what: HOME/audit.log, one JSON line each, with the hash of the line before in each, so that changes show.
 * Telling it something costs no disk and throws nothing: lines are written soon after, and not at all when the disk refuses for long.
 */
export class AuditLog {
  readonly #world: World
  readonly #state: KeyValue
  readonly #files: AuditFiles
  readonly #summary: AuditSummary
  readonly #listeners = new Set<(row: AuditRow, ordinal: number) => void>()
  #waiting: AuditRow[] = []
  #lost = 0
  /** Lines in this run. */
  #told = 0
  #head: Head = { sequence: 0, hash: '' }
  /** Of the last line that got a number. */
  #sequence = 0
  #startsAnew = false
  #timer: Timer | undefined
  #isClosed = false
  /** What is done with the files, one after the other. */
  #work: Promise<void>

  constructor({ home, world, config, state }: AuditOptions) {
    this.#world = world
    this.#state = state
    this.#files = new AuditFiles(home, config.auditFileBytes, config.auditFiles)
    this.#summary = new AuditSummary(world, config.auditStrangersPerMinute, one => this.#add(one))
    this.#work = this.#open().catch(() => undefined)
  }

  record(record: AuditRecord): void {
    if (!this.#isClosed) this.#summary.add(clipped(record))
  }

  /** Calls `listener` with each line that is to be written, which has no number yet, and how many there were. Gives what ends it. */
  onRecorded(listener: (row: AuditRow, ordinal: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The lines that fit, the oldest first. */
  async read(filter: AuditFilter = {}): Promise<AuditRow[]> {
    return (await this.#read(filter)).rows
  }

  /** As `read`, and then what comes, until the signal. A reader that is very slow misses the oldest of it. */
  async *follow(filter: AuditFilter, signal: AbortSignal): AsyncGenerator<AuditRow> {
    const fresh: { row: AuditRow; ordinal: number }[] = []
    let wake = (): void => undefined
    const stop = this.onRecorded((row, ordinal) => {
      if (fits(row, filter)) fresh.push({ row, ordinal })
      if (fresh.length > maxWaiting) fresh.shift()
      wake()
    })
    const end = (): void => wake()
    signal.addEventListener('abort', end)
    try {
      const { rows, upTo } = await this.#read(filter)
      yield* rows
      for (;;) {
        signal.throwIfAborted()
        const next = fresh.shift()
        if (next !== undefined) {
          if (next.ordinal > upTo) yield next.row
        } else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    } finally {
      stop()
      signal.removeEventListener('abort', end)
    }
  }

  async #read(filter: AuditFilter): Promise<{ rows: AuditRow[]; upTo: number }> {
    const { limit = Number.POSITIVE_INFINITY } = filter
    const rows: AuditRow[] = []
    let upTo = 0
    await this.#next(async () => {
      await this.#write()
      upTo = this.#told
      for await (const { line } of this.#files.lines()) {
        const row = readLine(line)?.row
        if (row === undefined || !fits(row, filter)) continue
        rows.push(row)
        if (rows.length > limit * 2) rows.splice(0, rows.length - limit)
      }
    })
    return { rows: limit === Number.POSITIVE_INFINITY ? rows : rows.slice(-limit), upTo }
  }

  /** Goes through all lines and looks whether any was changed, taken out or put in. */
  async verify(): Promise<AuditVerdict> {
    let verdict: AuditVerdict = { lines: 0, problems: [] }
    await this.#next(async () => {
      await this.#write()
      verdict = await verifyLines(this.#files, headOf(this.#state))
    })
    return verdict
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    return this.#next(() => this.#write())
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#summary.end()
    this.#isClosed = true
    this.#timer?.cancel()
    await this.flush().catch(() => undefined)
  }

  #add(record: Summed): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#lost++
      return
    }
    const row = this.#row(record)
    this.#waiting.push(row)
    this.#told++
    for (const listener of this.#listeners) listener(row, this.#told)
    this.#writeSoon(writeAfterMs)
  }

  /** Gets its number when it is written. */
  #row(record: Summed): AuditRow {
    return { sequence: 0, at: Math.floor(this.#world.wallTime()), ...record }
  }

  #writeSoon(delayMs: number): void {
    if (this.#isClosed) return
    this.#timer ??= this.#world.after(delayMs, () => {
      this.#timer = undefined
      this.flush().catch(() => this.#writeSoon(againAfterMs))
    })
  }

  #next(run: () => Promise<void>): Promise<void> {
    const done = this.#work.then(run)
    this.#work = done.catch(() => undefined)
    return done
  }

  /** Goes on where the log ends. What is damaged there stays, and is told in the line after. */
  async #open(): Promise<void> {
    const known = headOf(this.#state)
    await this.#files.open()
    const isWhole = await this.#files.endsWhole()
    if (!isWhole) await this.#files.append('\n')
    const { last, isRight } = await lastOf(this.#files)
    this.#head = last ?? known ?? this.#head
    this.#sequence = Math.max(this.#head.sequence, known?.sequence ?? 0)
    const isShort = known !== undefined && known.sequence > (last?.sequence ?? 0)
    if (isWhole && isRight && !isShort) return
    this.#startsAnew = true
    const isDamaged = !isWhole || !isRight
    const reason = isDamaged ? 'the end of the log was damaged' : 'lines at the end of the log are missing'
    // Goes before what was told while the log was looked at.
    this.#waiting.unshift(this.#row({ ...note, reason }))
    this.#writeSoon(writeAfterMs)
  }

  async #write(): Promise<void> {
    if (this.#lost > 0 && this.#waiting.length < maxWaiting) {
      const reason = 'the disk refused to take these lines'
      this.#waiting.push(this.#row({ ...note, reason, count: this.#lost }))
      this.#lost = 0
    }
    while (this.#waiting.length > 0) {
      const rows = this.#waiting.slice(0, 256)
      await this.#writeSome(rows)
      this.#waiting.splice(0, rows.length)
    }
  }

  async #writeSome(rows: readonly AuditRow[]): Promise<void> {
    const isFirst = this.#startsAnew || this.#files.isEmpty
    let { text, head } = this.#chain(rows, isFirst)
    if (await this.#files.makeRoom(text.length)) ({ text, head } = this.#chain(rows, true))
    await this.#files.append(text)
    this.#startsAnew = false
    this.#sequence = head.sequence
    this.#head = head
    this.#state.put(...headKey, head)
  }

  #chain(rows: readonly AuditRow[], isFirst: boolean): { text: string; head: Head } {
    let { hash } = this.#head
    let sequence = this.#sequence
    let text = ''
    for (const [i, row] of rows.entries()) {
      const link = isFirst && i === 0 ? { after: hash } : {}
      const written = writeLine({ ...row, sequence: ++sequence, ...link }, hash)
      text += written.line
      hash = written.hash
    }
    return { text, head: { sequence, hash } }
  }
}

function clipped(record: AuditRecord): AuditRecord {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, maxAuditText) : value,
  ])
  return Object.fromEntries(entries) as AuditRecord
}

function headOf(state: KeyValue): Head | undefined {
  const parsed = head.safeParse(state.get(...headKey))
  return parsed.success ? parsed.data : undefined
}

function fits(row: AuditRow, { peers, resource, action, allowed, since, before }: AuditFilter): boolean {
  return (
    (peers === undefined || peers.includes(row.peer)) &&
    (resource === undefined || row.resource === resource) &&
    (action === undefined || row.action === action) &&
    (allowed === undefined || row.allowed === allowed) &&
    (since === undefined || row.at >= since) &&
    (before === undefined || row.sequence < before)
  )
}

/** The last line of the log that can be read, and whether it is the very last one and fits to the one before. */
async function lastOf(files: AuditFiles): Promise<{ last: Head | undefined; isRight: boolean }> {
  const ends = (await endOf(files)).map(readLine)
  const good = ends.filter(one => one !== undefined)
  const [before, last] = good.length > 1 ? good.slice(-2) : [undefined, good[0]]
  if (last === undefined) return { last: undefined, isRight: ends.length === 0 }
  const isRight = ends.at(-1) !== undefined && last.follows(last.row.after ?? before?.hash ?? '')
  return { last: { sequence: last.row.sequence, hash: last.hash }, isRight }
}

/** The last few lines. After a crash in the wrong moment they are in the file before the one that is written. */
async function endOf(files: AuditFiles): Promise<string[]> {
  const lines: string[] = []
  for (const newest of [1, 2]) {
    for await (const { line } of files.lines(newest)) {
      if (line !== '') lines.push(line)
      if (lines.length > 16) lines.shift()
    }
    if (lines.length > 0) break
  }
  return lines
}

async function verifyLines(files: AuditFiles, known: Head | undefined): Promise<AuditVerdict> {
  const problems: { file: string; line: number; what: string }[] = []
  let before: Head | undefined
  let count = 0
  let since: number | undefined
  let place = { file: '', number: 0 }
  const tell = (what: string): void => {
    if (problems.length < maxProblems) problems.push({ file: place.file, line: place.number, what })
  }
  for await (const { file, number, line } of files.lines()) {
    place = { file, number }
    const read = readLine(line)
    if (read === undefined) {
      if (line !== '') tell('is damaged')
      continue
    }
    const { row, hash } = read
    if (!read.follows(before === undefined ? (row.after ?? '') : before.hash))
      tell('does not follow the line before it')
    else if (before !== undefined && row.sequence !== before.sequence + 1)
      tell('follows lines that are missing')
    if (row.action === note.action && row.resource === note.resource) tell(`says: ${row.reason}`)
    if (row.sequence === known?.sequence && hash !== known.hash) tell('is not the line that was written')
    before = { sequence: row.sequence, hash }
    since ??= row.at
    count++
  }
  if (known !== undefined && known.sequence > (before?.sequence ?? 0))
    tell('is the last one, but there were more')
  return { lines: count, since, problems }
}
