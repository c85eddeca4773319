import { fromBase64url, toBase64url, z } from '../base/index.ts'
import type { KeyValue } from './records.ts'
import { type Roster, restoreRoster } from './roster.ts'
import { type RosterStatement, rosterLimits } from './roster-statement.ts'
import type { Role } from './standing.ts'
import { atOnce } from './turns.ts'

/** What the statements of a circle make of it, so that it need not be worked out again at every start. */
export interface CircleRecord {
  /** What its admins call it. */
  readonly name: string
  /** What only the user of this machine calls it. */
  readonly alias?: string | undefined
  readonly roles: ReadonlyMap<string, Role>
  /** The newest statements: who has them has all. */
  readonly heads: readonly string[]
}

/** The statements of a circle, read from disk, and how many rows they take there. */
export interface LoadedRoster {
  /** Absent when the first statement is damaged. */
  roster?: Roster | undefined
  rows: number
}

const recordKind = 'access.circle'

interface StoredRecord extends Omit<CircleRecord, 'roles'> {
  readonly roles: Readonly<Record<Role, readonly string[]>>
}

const roles: readonly Role[] = ['admin', 'member', 'guest']
const peers = z.array(z.string().max(128))
const storedRecord: z.ZodType<StoredRecord> = z.object({
  name: z.string(),
  alias: z.string().optional(),
  roles: z.object({ admin: peers, member: peers, guest: peers }),
  heads: z.array(z.string()).max(rosterLimits.statements),
})

/** Circles on disk: a record for each, and its statements one by one, which are read only when somebody asks for them. */
export class CircleStore {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  /** What is kept. A damaged record is made again from the statements; a circle whose first statement is damaged too is lost. */
  *restore(): Iterable<[id: string, CircleRecord]> {
    for (const [id, value] of [...this.#state.entries(recordKind)]) {
      const record = restoreRecord(value)
      if (record !== undefined) yield [id, record]
      else {
        const { roster } = atOnce(this.load(id))
        if (roster?.id === id) yield [id, recordOf(roster)]
      }
    }
  }

  /** By steps. */
  *load(id: string): Generator<void, LoadedRoster> {
    const rows = [...this.#state.entries(kindOf(id))].sort((a, b) => (a[0] < b[0] ? -1 : 1))
    const last = rows.at(-1)?.[0]
    const roster = yield* restoreRoster(statementsIn(rows))
    return { roster: roster?.id === id ? roster : undefined, rows: last === undefined ? 0 : Number(last) + 1 }
  }

  /** By steps. */
  *append(id: string, loaded: LoadedRoster, statements: readonly RosterStatement[]): Generator<void, void> {
    for (const { bytes } of statements) {
      this.#state.put(kindOf(id), String(loaded.rows).padStart(6, '0'), toBase64url(bytes))
      loaded.rows++
      yield
    }
  }

  save(id: string, what: CircleRecord): void {
    this.#state.put(recordKind, id, storeRecord(what))
  }

  delete(id: string): void {
    this.#state.delete(recordKind, id)
    for (const [key] of [...this.#state.entries(kindOf(id))]) this.#state.delete(kindOf(id), key)
  }
}

export function recordOf(roster: Roster, alias?: string): CircleRecord {
  const roles = new Map<string, Role>()
  for (const [peer, { role }] of roster.members) roles.set(peer, role)
  return { name: roster.name, ...(alias !== undefined && { alias }), roles, heads: roster.heads }
}

/** As JSON: the peers of each role, as objects with many keys are slow. */
function storeRecord(record: CircleRecord): StoredRecord {
  const byRole: Record<Role, string[]> = { admin: [], member: [], guest: [] }
  for (const [peer, role] of record.roles) byRole[role].push(peer)
  return { ...record, roles: byRole }
}

function restoreRecord(value: unknown): CircleRecord | undefined {
  const parsed = storedRecord.safeParse(value)
  if (!parsed.success) return undefined
  const { roles: byRole, ...rest } = parsed.data
  return { ...rest, roles: new Map(roles.flatMap(role => byRole[role].map(peer => [peer, role] as const))) }
}

function kindOf(id: string): string {
  return `access.circle.${id}`
}

/** Those that are not damaged. */
function* statementsIn(rows: readonly (readonly [string, unknown])[]): Iterable<Uint8Array> {
  for (const [, value] of rows) {
    const bytes = typeof value === 'string' ? bytesOf(value) : undefined
    if (bytes !== undefined) yield bytes
  }
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}
