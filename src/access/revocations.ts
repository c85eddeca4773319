import { concat, fromBase64url, fromHex, PeerageError, toBase64url, toHex } from '../base/index.ts'
import { bytesAt, integerAt } from '../wire/index.ts'
import type { KeyValue } from './records.ts'
import type { Identity } from './signing.ts'
import { openStatement, refused, type StatementKind, signStatement } from './statement.ts'

/** Bounds of a list of revoked grants: its envelope in bytes, and how many grants it may name. */
export const revocationLimits: Readonly<Record<'bytes' | 'grants', number>> = { bytes: 20_480, grants: 512 }

/** A grant that was taken back, named until it would have expired anyway. */
export interface Revoked {
  /** The id of the grant's statement, in hex. */
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
}

/** All grants that `issuer` has taken back, as of its list number `number`. */
export interface RevocationList {
  /** PeerId of the signer. */
  readonly issuer: string
  /** Counts up from 1; of two lists the higher one is believed. */
  readonly number: number
  readonly grants: readonly Revoked[]
}

const kind: StatementKind = {
  name: 'revoked',
  maxBytes: revocationLimits.bytes,
  fields: new Set(['grants', 'number']),
  maxDepth: 1,
  maxItems: 8,
  code: 'statement.invalid',
}

// Each grant is its id (32 bytes) and its expiry (6 bytes, big-endian milliseconds); one string, as a list of 512 is read often.
const idBytes = 32
const entryBytes = idBytes + 6

/** The envelope of a list by `identity`. Throws `TypeError` when it is out of bounds. */
export function signRevocations(
  identity: Identity,
  { number, grants }: Omit<RevocationList, 'issuer'>,
): Uint8Array {
  if (grants.length > revocationLimits.grants) throw new TypeError('too many revoked grants')
  const entries = grants.map(writeEntry).toSorted(Buffer.compare)
  return signStatement(identity, kind, { number, grants: concat(entries) })
}

/** The list in an envelope from the network, its signature checked. Throws `statement.invalid`, whatever is wrong with it. */
export function openRevocations(bytes: Uint8Array): RevocationList {
  const { signer, payload } = openStatement(bytes, kind)
  const number = integerAt(payload, 'number', 1)
  const entries = bytesAt(payload, 'grants')
  if (number === undefined) throw refused(kind, 'it has no number')
  if (entries === undefined || entries.length % entryBytes !== 0)
    throw refused(kind, 'its grants are malformed')
  if (entries.length > revocationLimits.grants * entryBytes) throw refused(kind, 'it names too many grants')
  const grants: Revoked[] = []
  for (let at = 0; at < entries.length; at += entryBytes) {
    const grant = readEntry(entries.subarray(at, at + entryBytes))
    if (at > 0 && grant.id <= grants.at(-1)!.id) throw refused(kind, 'its grants are not in order')
    grants.push(grant)
  }
  return { issuer: signer, number, grants }
}

function writeEntry({ id, expires }: Revoked): Uint8Array {
  const entry = Buffer.alloc(entryBytes)
  entry.set(fromHex(id))
  entry.writeUIntBE(expires, idBytes, entryBytes - idBytes)
  return entry
}

function readEntry(entry: Uint8Array): Revoked {
  const view = Buffer.from(entry.buffer, entry.byteOffset, entry.length)
  return {
    id: toHex(entry.subarray(0, idBytes)),
    expires: view.readUIntBE(idBytes, entryBytes - idBytes),
  }
}

/** How much an issuer's list matters to this peer: it owns content that is here; it is known (a contact, a fellow of a circle). */
export type Relevance = 'owner' | 'known'

export interface RevocationsOptions {
  readonly identity: Identity
  readonly state: KeyValue
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Undefined: nothing that this peer decides hangs on what the issuer says, and its lists are not kept. */
  relevance(issuer: string): Relevance | undefined
  /** Of how many issuers lists are kept; those of owners may take the place of others. */
  readonly maxLists: number
}

interface Kept {
  readonly bytes: Uint8Array
  readonly number: number
  readonly grants: ReadonlyMap<string, number>
}

const stateKind = 'access.revoked'

/**
 * Which grants were taken back: this peer's own list and those of others, as they were heard of. A list is numbered and replaces the
 * one before as a whole; an older one, however it comes, changes nothing. Survives a restart.
 */
export class Revocations {
  readonly #options: RevocationsOptions
  readonly #self: string
  readonly #lists = new Map<string, Kept>()
  readonly #listeners = new Set<(issuer: string) => void>()

  constructor(options: RevocationsOptions) {
    this.#options = options
    this.#self = options.identity.peerId
    for (const [issuer, value] of options.state.entries(stateKind)) this.#restore(issuer, value)
  }

  isRevoked(issuer: string, grant: string): boolean {
    return this.#lists.get(issuer)?.grants.has(grant) ?? false
  }

  /**
   * Takes back grants that this peer has signed, or that were made from them. They count from here at once, and with others when
   * the new list reaches them. Throws `access.limit` when too many are revoked that have not expired yet.
   */
  revoke(grants: readonly Revoked[]): void {
    const own = this.#lists.get(this.#self)
    const all = new Map([...(own?.grants ?? []), ...grants.map(({ id, expires }) => [id, expires] as const)])
    for (const [id, expires] of all) if (expires <= this.#options.now()) all.delete(id)
    if (all.size > revocationLimits.grants)
      throw new PeerageError(
        'access.limit',
        `At most ${revocationLimits.grants} grants can be revoked until they expire.`,
      )
    if ([...all.keys()].every(id => own?.grants.has(id))) return
    this.#publish(all, (own?.number ?? 0) + 1)
  }

  /** How many more grants can be revoked now. */
  room(): number {
    const now = this.#options.now()
    const expiries = [...(this.#lists.get(this.#self)?.grants.values() ?? [])]
    return revocationLimits.grants - expiries.filter(expires => expires > now).length
  }

  /**
   * Takes a list that somebody passed on, whoever that is. False: it is known, or older than what is known, or its issuer matters to
   * nothing here. Throws `statement.invalid` when it is no genuine list, `access.limit` when no more lists can be kept.
   */
  receive(bytes: Uint8Array): boolean {
    const list = openRevocations(bytes)
    const { issuer, number } = list
    if (issuer === this.#self) return this.#receiveOwn(list)
    const relevance = this.#options.relevance(issuer)
    if (relevance === undefined || number <= this.number(issuer)) return false
    if (!this.#lists.has(issuer)) this.#makeRoom(relevance)
    this.#keep(issuer, bytes.slice(), list)
    return true
  }

  /** The number of the newest list of an issuer that is kept; 0 when there is none. */
  number(issuer: string): number {
    return this.#lists.get(issuer)?.number ?? 0
  }

  /** The newest list of an issuer, as it signed it. */
  statementOf(issuer: string): Uint8Array | undefined {
    return this.#lists.get(issuer)?.bytes
  }

  /** Of whom there is a list here, this peer itself included. */
  issuers(): IterableIterator<string> {
    return this.#lists.keys()
  }

  /** Calls `listener` with the issuer after each new list. Gives what ends it. */
  onChanged(listener: (issuer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * A list of this peer's own from others: this home was restored from an older copy, or its record was damaged. What stood
   * in it is revoked again, under a number that others will believe.
   */
  #receiveOwn({ number, grants }: RevocationList): boolean {
    const own = this.#lists.get(this.#self)
    const now = this.#options.now()
    const news = grants.filter(({ id, expires }) => expires > now && own?.grants.has(id) !== true)
    if (number <= (own?.number ?? 0) && news.length === 0) return false
    const all = [...(own?.grants ?? []), ...news.map(({ id, expires }) => [id, expires] as const)]
    // What would have expired first is left out when both together are too many.
    const kept = all.toSorted((a, b) => b[1] - a[1]).slice(0, revocationLimits.grants)
    this.#publish(new Map(kept), Math.max(number, own?.number ?? 0) + 1)
    return true
  }

  #publish(grants: ReadonlyMap<string, number>, number: number): void {
    const list = { number, grants: [...grants].map(([id, expires]) => ({ id, expires })) }
    this.#keep(this.#self, signRevocations(this.#options.identity, list), list)
  }

  #keep(issuer: string, bytes: Uint8Array, list: Omit<RevocationList, 'issuer'>): void {
    this.#options.state.put(stateKind, issuer, toBase64url(bytes))
    this.#lists.set(issuer, keptOf(bytes, list))
    for (const listener of this.#listeners) listener(issuer)
  }

  #makeRoom(relevance: Relevance): void {
    const { maxLists, state } = this.#options
    if (this.#lists.size < maxLists) return
    for (const issuer of this.#lists.keys()) {
      const other = issuer === this.#self ? 'owner' : this.#options.relevance(issuer)
      if (other === 'owner' || other === relevance) continue
      this.#lists.delete(issuer)
      state.delete(stateKind, issuer)
      return
    }
    throw new PeerageError(
      'access.limit',
      `Lists of revoked grants of ${maxLists} peers are kept already (access.maxRevocationLists).`,
    )
  }

  #restore(issuer: string, value: unknown): void {
    try {
      const bytes = fromBase64url(typeof value === 'string' ? value : '')
      const list = openRevocations(bytes)
      if (list.issuer === issuer) this.#lists.set(issuer, keptOf(bytes, list))
    } catch (error) {
      // Damaged: whoever has the list passes it on again.
      if (!(error instanceof PeerageError)) throw error
    }
  }
}

function keptOf(bytes: Uint8Array, { number, grants }: Omit<RevocationList, 'issuer'>): Kept {
  return { bytes, number, grants: new Map(grants.map(({ id, expires }) => [id, expires])) }
}
