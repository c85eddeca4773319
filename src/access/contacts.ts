import { PeerageError, type World } from '../base/index.ts'
import {
  type Contact,
  contactLimits,
  restoreContact,
  storeContact,
  usableAddresses,
} from './contact-record.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { People } from './people.ts'
import { checkPetname, looksOf } from './petname.ts'
import type { KeyValue } from './records.ts'
import type { Trust } from './standing.ts'

export interface ContactsOptions {
  readonly world: World
  readonly state: KeyValue
  readonly people: People
  readonly max: number
}

/** What a new contact begins with. */
export interface NewContact {
  /** PeerId of the person or of one of its devices, in any form. */
  readonly peer: string
  readonly name: string
  readonly note?: string | undefined
  /** `known` when left out. */
  readonly trust?: Trust | undefined
  readonly addresses?: readonly string[] | undefined
}

const kind = 'access.contact'
/** When somebody was last seen is written to disk so often. */
const seenEveryMs = 600_000

/**
 * The people that the user has met, by names of the user's own. Each is kept by the newest main key that is known of the person.
 * Answers from memory; a change is on disk before it counts.
 */
export class Contacts {
  readonly #world: World
  readonly #state: KeyValue
  readonly #people: People
  readonly #max: number
  readonly #contacts = new Map<string, Contact>()
  /** What names look like, and whose they are. */
  readonly #looks = new Map<string, string>()
  /** When the last sight of a contact was written. */
  readonly #written = new Map<string, number>()
  readonly #listeners = new Set<(peer: string) => void>()

  constructor({ world, state, people, max }: ContactsOptions) {
    this.#world = world
    this.#state = state
    this.#people = people
    this.#max = max
    for (const [peer, value] of state.entries(kind)) this.#hold(restoreContact(peer, value))
    for (const peer of [...this.#contacts.keys()]) this.#follow(people.personOf(peer))
    people.onChanged(person => this.#follow(person))
  }

  get size(): number {
    return this.#contacts.size
  }

  /** By name. */
  list(): Contact[] {
    return [...this.#contacts.values()].sort((a, b) => a.name.localeCompare(b.name))
  }

  /** The contact that a peer (any key of the person) belongs to. */
  get(peer: string): Contact | undefined {
    return this.#contacts.get(peer) ?? this.#contacts.get(this.#people.personOf(peer))
  }

  /** See `Standing.trust`. */
  trust(person: string): Trust | undefined {
    return this.#contacts.get(person)?.trust
  }

  /**
   * The contact that a text means: its name, however it is written, a PeerId in any form, or the beginning of either when it is the
   * only one. Throws `contact.unknown`.
   */
  find(text: string): Contact {
    const found = this.#exactly(text) ?? this.#beginning(text)
    if (found !== undefined) return found
    throw new PeerageError('contact.unknown', `There is no contact "${text.slice(0, 100)}".`)
  }

  /**
   * Throws `contact.exists` when the person has a name already or another contact has one that looks like it, `usage.invalid`,
   * `peer-id.invalid`, `access.limit`.
   */
  add({ peer, name, note, trust = 'known', addresses = [] }: NewContact): Contact {
    const key = this.#people.personOf(canonicalPeerId(peer))
    const other = this.#contacts.get(key)
    if (other !== undefined)
      throw new PeerageError('contact.exists', `That peer is a contact already: ${other.name}.`)
    if (this.#contacts.size >= this.#max)
      throw new PeerageError('access.limit', `There are ${this.#max} contacts already (access.maxContacts).`)
    return this.#save({
      peer: key,
      name: this.#freeName(name, key),
      ...(note !== undefined && note !== '' && { note: checkNote(note) }),
      trust,
      addedAt: this.#world.wallTime(),
      addresses: usableAddresses(addresses),
    })
  }

  /** Throws as `add` does, and `contact.unknown`. */
  rename(peer: string, name: string): Contact {
    const contact = this.#existing(peer)
    return this.#save({ ...contact, name: this.#freeName(name, contact.peer) })
  }

  /** An empty text takes the note away. */
  note(peer: string, text: string): Contact {
    const { note: _, ...contact } = this.#existing(peer)
    return this.#save(text === '' ? contact : { ...contact, note: checkNote(text) })
  }

  setTrust(peer: string, trust: Trust): Contact {
    return this.#save({ ...this.#existing(peer), trust })
  }

  remove(peer: string): void {
    const contact = this.#existing(peer)
    this.#state.delete(kind, contact.peer)
    this.#drop(contact)
    this.#changed(contact.peer)
  }

  /** Notes that a peer was met now, if it is a contact's, and where it was reached (multiaddrs, best first). */
  seen(peer: string, addresses: readonly string[] = []): void {
    const contact = this.get(peer)
    if (contact === undefined) return
    const fresh =
      peer === contact.peer ? usableAddresses([...addresses, ...contact.addresses]) : contact.addresses
    const next = { ...contact, seenAt: this.#world.wallTime(), addresses: fresh }
    this.#contacts.set(contact.peer, next)
    const now = this.#world.now()
    const due = now - (this.#written.get(contact.peer) ?? Number.NEGATIVE_INFINITY) >= seenEveryMs
    if (!due && fresh.every(one => contact.addresses.includes(one))) return
    this.#written.set(contact.peer, now)
    this.#state.put(kind, contact.peer, storeContact(next))
  }

  /** A name like this one that no contact has. */
  suggest(name: string): string {
    const base = [...name].slice(0, contactLimits.nameLength - 6).join('')
    for (let i = 2; ; i++) if (this.#holderOf(`${base} ${i}`) === undefined) return `${base} ${i}`
  }

  /** Calls `listener` after each change but sightings, with the contact's main key. Gives what ends it. */
  onChanged(listener: (peer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #exactly(text: string): Contact | undefined {
    const peer = peerIn(text)
    if (peer !== undefined) return this.get(peer)
    const holder = this.#looks.get(looksOf(text)[0])
    return holder === undefined ? undefined : this.#contacts.get(holder)
  }

  #beginning(text: string): Contact | undefined {
    const lower = text.trim().toLowerCase()
    if (lower === '') return undefined
    const beginsSo = ({ name, peer }: Contact): boolean =>
      name.toLowerCase().startsWith(lower) || (text.length > idHeadLength && peer.startsWith(text))
    const found = [...this.#contacts.values()].filter(beginsSo)
    if (found.length < 2) return found[0]
    const names = found.slice(0, 5).map(({ name }) => name)
    throw new PeerageError(
      'contact.unknown',
      `"${text.slice(0, 100)}" could be ${names.join(' or ')}${found.length > 5 ? ' or others' : ''}.`,
    )
  }

  /** The name as it is kept. Throws `contact.exists` when it is taken. */
  #freeName(text: string, peer: string): string {
    const name = checkPetname(text)
    const holder = this.#holderOf(name)
    if (holder === undefined || holder === peer) return name
    const other = this.#contacts.get(holder)!.name
    throw new PeerageError(
      'contact.exists',
      other === name
        ? `Another contact is called ${name}; how about ${this.suggest(name)}?`
        : `${name} looks like the name of another contact, ${other}; how about ${this.suggest(name)}?`,
      { details: { suggestion: this.suggest(name) } },
    )
  }

  #holderOf(name: string): string | undefined {
    const [small, capital] = looksOf(name)
    return this.#looks.get(small) ?? this.#looks.get(capital)
  }

  #existing(peer: string): Contact {
    const contact = this.get(canonicalPeerId(peer))
    if (contact === undefined) throw new PeerageError('contact.unknown')
    return contact
  }

  #save(contact: Contact): Contact {
    this.#state.put(kind, contact.peer, storeContact(contact))
    const before = this.#contacts.get(contact.peer)
    if (before !== undefined) this.#drop(before)
    this.#hold(contact)
    this.#changed(contact.peer)
    return contact
  }

  #hold(contact: Contact): void {
    this.#contacts.set(contact.peer, contact)
    for (const look of looksOf(contact.name)) if (!this.#looks.has(look)) this.#looks.set(look, contact.peer)
  }

  #drop({ peer, name }: Contact): void {
    this.#contacts.delete(peer)
    this.#written.delete(peer)
    for (const look of looksOf(name)) if (this.#looks.get(look) === peer) this.#looks.delete(look)
  }

  /**
   * Contacts kept by a key that belongs to `person` now are kept by its main key from here on. The user compared another key, so a
   * verified one is only known then; a blocked one stays blocked.
   */
  #follow(person: string): void {
    const keys = [
      ...this.#people.formerly(person),
      ...this.#people.devicesOf(person).map(({ device }) => device),
    ]
    for (const key of keys) {
      const moved = this.#contacts.get(key)
      if (moved === undefined || key === person) continue
      const already = this.#contacts.get(person)
      const trust = moved.trust === 'blocked' || already?.trust === 'blocked' ? 'blocked' : 'known'
      // Its addresses lead to the old key.
      const next =
        already === undefined
          ? { ...moved, addresses: [], peer: person, trust }
          : { ...already, ...(trust === 'blocked' && { trust }) }
      this.#state.put(kind, person, storeContact(next as Contact))
      this.#state.delete(kind, key)
      this.#drop(moved)
      this.#hold(next as Contact)
      this.#changed(person)
    }
  }

  #changed(peer: string): void {
    for (const listener of [...this.#listeners]) listener(peer)
  }
}

/** What every PeerId of an Ed25519 key begins with, `12D3KooW`. */
const idHeadLength = 8

function peerIn(text: string): string | undefined {
  try {
    return canonicalPeerId(text.trim())
  } catch {
    return undefined
  }
}

function checkNote(text: string): string {
  const note = text.normalize('NFC').trim()
  if (note.length <= contactLimits.noteLength) return note
  throw new PeerageError('usage.invalid', `A note has at most ${contactLimits.noteLength} characters.`)
}
