import { fromHex, fromUtf8, toHex } from '../base/index.ts'
import {
  type Bencoded,
  binaryString,
  bytesAt,
  bytesOfKey,
  type Dictionary,
  dictionaryAt,
  type Encodable,
  integerAt,
  listAt,
  textAt,
} from '../wire/index.ts'
import { peerIdOf, publicKeyOf } from './peer-id.ts'
import type { Identity } from './signing.ts'
import type { Role } from './standing.ts'
import { openStatement, refused, type StatementKind, signStatement } from './statement.ts'

/** What a roster may say of a peer. */
export type RosterRole = Role | 'removed'

/** One change of one circle, or a merge of several. See docs/decisions/011-access.md. */
export interface RosterStatement {
  /** Of what was signed, in hex. That of the first statement names the circle. */
  readonly id: string
  /** PeerId. */
  readonly signer: string
  /** In hex; its own id in the first statement. */
  readonly circle: string
  /** Ids of the statements that it was made after, in order; none in the first statement. */
  readonly parents: readonly string[]
  /** By PeerId, in the order of the keys' bytes. */
  readonly changes: ReadonlyMap<string, RosterRole>
  /** The circle is called so from now on. */
  readonly name?: string | undefined
  /** Milliseconds since the Unix epoch by the signer's clock. Absent in a `leave`. */
  readonly issued?: number | undefined
  /** The whole envelope. */
  readonly bytes: Uint8Array
}

/** What an admin says, before it is signed. */
export interface RosterChange {
  readonly changes: ReadonlyMap<string, RosterRole>
  readonly name?: string | undefined
  readonly issued: number
}

/** Bounds of a roster. */
export const rosterLimits: Readonly<
  Record<
    | 'statementBytes'
    | 'parents'
    | 'changes'
    | 'nameLength'
    | 'statements'
    | 'circleBytes'
    | 'peers'
    | 'words'
    | 'members',
    number
  >
> = {
  statementBytes: 8192,
  parents: 32,
  changes: 128,
  nameLength: 64,
  statements: 4096,
  circleBytes: 4 * 1024 * 1024,
  // Whom it ever named, also those that are not in it any more.
  peers: 4096,
  // How many statements may be about one peer: working out what it is takes time with the square of them.
  words: 256,
  members: 1000,
}

const idBytes = 32
const nonceBytes = 16
const roles: readonly RosterRole[] = ['admin', 'member', 'guest', 'removed']

const kind: StatementKind = {
  name: 'roster',
  maxBytes: rosterLimits.statementBytes,
  fields: new Set(['changes', 'circle', 'issued', 'name', 'nonce', 'parents']),
  maxDepth: 2,
  maxItems: rosterLimits.parents + rosterLimits.changes + 16,
  code: 'statement.invalid',
}

/** The first statement of a new circle, by its founder. `nonce`: 16 random bytes, so that no two circles are the same. */
export function signFoundation(
  founder: Identity,
  { changes, name, issued }: RosterChange & { readonly name: string },
  nonce: Uint8Array,
): Uint8Array {
  const all = new Map<string, RosterRole>([...changes, [founder.peerId, 'admin']])
  return signStatement(founder, kind, { changes: encodeChanges(all), name, issued, nonce })
}

/** A change by an admin. `parents`: the newest statements that it knows of, at most 32. */
export function signRosterChange(
  admin: Identity,
  circle: string,
  parents: readonly string[],
  { changes, name, issued }: RosterChange,
): Uint8Array {
  const fields = {
    circle: fromHex(circle),
    parents: parents.toSorted().map(fromHex),
    changes: encodeChanges(changes),
    issued,
  }
  return signStatement(admin, kind, name === undefined ? fields : { ...fields, name })
}

/**
 * Anybody leaves a circle with this. It names the one statement that gave its signer a role, and no time: so there is only one for each
 * time that an admin let it in, and a member cannot fill the circle with them.
 */
export function signLeave(member: Identity, circle: string, admission: string): Uint8Array {
  return signStatement(member, kind, {
    circle: fromHex(circle),
    parents: [fromHex(admission)],
    changes: encodeChanges(new Map([[member.peerId, 'removed']])),
  })
}

export function isFoundation({ circle, id }: RosterStatement): boolean {
  return circle === id
}

export function isLeave({ issued }: RosterStatement): boolean {
  return issued === undefined
}

/** Whether circles may be called so: 1 to 64 visible characters, no blank at either end, no slash (`circle:NAME/admin` is a subject). */
export function isCircleName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= rosterLimits.nameLength &&
    name === name.trim() &&
    name === name.normalize('NFC') &&
    !/[\p{C}\p{Zl}\p{Zp}/]/u.test(name)
  )
}

/**
 * The statement in an envelope from the network, its signature checked unless it is `verified`. Whether it counts in its circle is for
 * `Roster`. Throws `statement.invalid`, whatever is wrong with it.
 */
export function openRosterStatement(bytes: Uint8Array, verified = false): RosterStatement {
  const { id, signer, payload } = openStatement(bytes, kind, verified)
  const name = nameAt(payload)
  const circle = bytesAt(payload, 'circle')
  const common = { id, signer, name, changes: changesAt(payload), bytes: bytes.slice() }
  const issued = integerAt(payload, 'issued')
  if (issued === undefined && payload.has('issued')) throw refused(kind, 'its time is wrong')
  const statement: RosterStatement =
    circle === undefined
      ? { ...common, circle: id, parents: noParents(payload), issued }
      : { ...common, circle: hexOfId(circle), parents: parentsAt(payload), issued }
  checkShape(statement, bytesAt(payload, 'nonce'))
  return statement
}

function checkShape(statement: RosterStatement, nonce: Uint8Array | undefined): void {
  const { signer, changes, name, parents } = statement
  if (isFoundation(statement)) {
    const founds = changes.get(signer) === 'admin' && [...changes.values()].every(role => role !== 'removed')
    if (!founds || name === undefined || nonce?.length !== nonceBytes || isLeave(statement))
      throw refused(kind, 'it does not found a circle as it should')
    return
  }
  if (nonce !== undefined) throw refused(kind, 'it has a field that only the first one has')
  if (isLeave(statement)) {
    const leaves = changes.size === 1 && changes.get(signer) === 'removed'
    if (!leaves || name !== undefined || parents.length !== 1)
      throw refused(kind, 'a statement without a time only says that its signer leaves')
    return
  }
  if (changes.get(signer) === 'admin') throw refused(kind, 'nobody makes itself an admin')
  if (changes.size === 0 && name === undefined && parents.length < 2) throw refused(kind, 'it says nothing')
}

function encodeChanges(changes: ReadonlyMap<string, RosterRole>): Encodable {
  const encoded = [...changes].map(([peer, role]) => [binaryString(publicKeyOf(peer)), role] as const)
  return new Map<string, Encodable>(encoded)
}

function changesAt(payload: Dictionary): Map<string, RosterRole> {
  const from = dictionaryAt(payload, 'changes')
  if (from === undefined || from.size > rosterLimits.changes)
    throw refused(kind, 'its changes are missing or too many')
  const changes = new Map<string, RosterRole>()
  for (const [key, value] of from) {
    if (key.length !== idBytes) throw refused(kind, 'it names a peer that is none')
    changes.set(peerIdOf(bytesOfKey(key)), roleOf(value))
  }
  return changes
}

function roleOf(value: Bencoded): RosterRole {
  const text = value instanceof Uint8Array ? fromUtf8(value) : undefined
  const role = roles.find(one => one === text)
  if (role === undefined) throw refused(kind, 'it names an unknown role')
  return role
}

function nameAt(payload: Dictionary): string | undefined {
  if (!payload.has('name')) return undefined
  const name = textAt(payload, 'name')
  if (name === undefined || !isCircleName(name)) throw refused(kind, 'its name is not allowed')
  return name
}

function noParents(payload: Dictionary): [] {
  if (payload.has('parents') || payload.has('circle')) throw refused(kind, 'it belongs to no circle')
  return []
}

function parentsAt(payload: Dictionary): string[] {
  const list = listAt(payload, 'parents')
  if (list === undefined || list.length === 0 || list.length > rosterLimits.parents)
    throw refused(kind, 'what it was made after is missing or too much')
  const parents = list.map(hexOfId)
  if (parents.some((id, i) => i > 0 && id <= parents[i - 1]!))
    throw refused(kind, 'what it was made after is not in order')
  return parents
}

function hexOfId(value: Bencoded): string {
  if (!(value instanceof Uint8Array) || value.length !== idBytes) throw refused(kind, 'an id in it is none')
  return toHex(value)
}
