import { fromUtf8, PeerageError } from '../base/index.ts'
import { decodeEnvelope } from '../wire/index.ts'
import {
  type HeldDevice,
  type HeldHandover,
  type HeldList,
  maxForgottenDevices,
  restoreHandover,
  restoreList,
  storeHandover,
  storeList,
} from './people-records.ts'
import {
  type DeviceList,
  type Handover,
  openDeviceConsent,
  openDeviceList,
  openHandover,
  peopleLimits,
  signDeviceList,
} from './people-statements.ts'
import type { KeyValue } from './records.ts'
import type { Identity } from './signing.ts'

export interface PeopleOptions {
  readonly state: KeyValue
  /** Of how many keys statements are kept. */
  readonly max: number
  /** Whether one of these peers matters to the user (a contact, a fellow of a circle, itself); of others nothing is kept. */
  readonly concerns?: ((peers: readonly string[]) => boolean) | undefined
}

/** One device of a person. */
export interface Device {
  readonly device: string
  /** Milliseconds since the Unix epoch: when it agreed. */
  readonly issued: number
  readonly revoked: boolean
}

/** Two different hand-overs of one key: it was stolen, or its holder made a mistake. */
export interface HandoverConflict {
  readonly from: string
  /** The key that counts here, because it was heard of first. */
  readonly kept: string
  readonly refused: string
}

const listKind = 'access.devices'
const handoverKind = 'access.handover'
/** So many keys a person may have had before. */
const maxFormerKeys = 64
/** A device that agrees to belong to more persons than this is not believed any more. */
const maxPersonsOfDevice = 4

/**
 * Which keys belong to whom, from what people signed about their own keys: lists of devices and hand-overs to a new main key.
 * Answers from memory; what was received survives a restart. See docs/decisions/011-access.md, "People and their devices".
 */
export class People {
  readonly #state: KeyValue
  readonly #max: number
  readonly #concerns: (peers: readonly string[]) => boolean
  readonly #lists = new Map<string, HeldList>()
  readonly #handovers = new Map<string, HeldHandover>()
  /** The keys that handed over to one. */
  readonly #before = new Map<string, string[]>()
  /** The main keys whose lists name a device. */
  readonly #claims = new Map<string, Map<string, HeldDevice>>()
  readonly #listeners = new Set<(person: string) => void>()
  readonly #conflictListeners = new Set<(conflict: HandoverConflict) => void>()

  constructor({ state, max, concerns = () => true }: PeopleOptions) {
    this.#state = state
    this.#max = max
    this.#concerns = concerns
    for (const [from, value] of state.entries(handoverKind)) {
      const handover = restoreHandover(from, value)
      if (handover !== undefined) this.#holdHandover(handover)
    }
    for (const [signer, value] of state.entries(listKind)) {
      const list = restoreList(signer, value)
      if (list !== undefined) this.#holdList(list)
    }
  }

  /** See `Standing.principal`. */
  principal(peer: string): string | undefined {
    if (this.#handovers.has(peer)) return undefined
    const claims = this.#claims.get(peer)
    if (claims === undefined) return peer
    const claim = this.#strongest(claims)
    return claim.revoked ? undefined : claim.person
  }

  /** As `principal`, but also for a key that acts for nobody any more: whose it is, or was. For people and for what is kept by key. */
  personOf(peer: string): string {
    const claims = this.#claims.get(peer)
    return claims === undefined ? this.#newest(peer) : this.#strongest(claims).person
  }

  /** Earlier main keys of a person, the oldest first. */
  formerly(person: string): readonly string[] {
    const before = this.#before.get(person)
    return before === undefined ? none : before.flatMap(key => [...this.formerly(key), key])
  }

  /** All keys that act for a person now, the main one first. */
  keysOf(person: string): string[] {
    const devices = this.devicesOf(person).filter(({ revoked }) => !revoked)
    return [person, ...devices.map(({ device }) => device)]
  }

  /** All devices that a person ever had, but for its main key. */
  devicesOf(person: string): Device[] {
    const devices = new Map<string, Device>()
    for (const key of [...this.formerly(person), person])
      for (const { device } of this.#lists.get(key)?.devices ?? []) {
        const claim = this.#strongest(this.#claims.get(device)!)
        if (claim.person === person)
          devices.set(device, { device, issued: claim.issued, revoked: claim.revoked })
      }
    return [...devices.values()]
  }

  /**
   * Takes a statement from the network: a list of devices or a hand-over. An older one than what is held is `known`. Throws
   * `statement.invalid` when it is forged, against what is held, or about strangers; `access.limit` when there is no room; then nothing
   * has changed. `isWanted`: the user gave it, so it matters even when it is about strangers.
   */
  receive(bytes: Uint8Array, isWanted = false): 'news' | 'known' {
    const kind = kindOf(bytes)
    if (kind === '/peerage/handover')
      return this.#receiveHandover(openHandover(bytes), bytes.slice(), isWanted)
    return this.#receiveList(openDeviceList(bytes), bytes.slice(), isWanted)
  }

  /** What can be told to others about a person, in the order in which they must receive it. */
  statementsOf(person: string, held: ReadonlySet<string> = new Set()): Uint8Array[] {
    return this.#of(person)
      .filter(({ id }) => !held.has(id))
      .map(({ bytes }) => bytes)
  }

  /** The ids of these statements. */
  ids(person: string): string[] {
    return this.#of(person).map(({ id }) => id)
  }

  /** Persons of whom something is kept, by their newest key. */
  persons(): Set<string> {
    const keys = [...this.#lists.keys(), ...this.#handovers.keys()]
    return new Set(keys.map(key => this.#newest(key)))
  }

  /**
   * Signs a device in; `main` is this machine's identity. Throws `statement.invalid` when the consent is not for this person,
   * `access.limit`, and `usage.invalid` when this key is no main key.
   */
  addDevice(main: Identity, consent: Uint8Array, now: number): Device {
    const { device, person, issued } = openDeviceConsent(consent)
    if (person !== main.peerId && !this.formerly(main.peerId).includes(person))
      throw invalid('the device agreed to belong to somebody else')
    if (this.#handovers.has(device) || this.#before.has(device) || this.#lists.has(device))
      throw invalid('that key has devices or a history of its own')
    const entry: HeldDevice = { device, issued, revoked: false, consent: consent.slice() }
    this.#sign(main, now, devices => [...devices.filter(one => one.device !== device), entry])
    return { device, issued, revoked: false }
  }

  /** Takes a device out; it acts for nobody from now on. Throws `contact.unknown` when it is no device of this person. */
  revokeDevice(main: Identity, device: string, now: number): void {
    const known = this.devicesOf(main.peerId).find(one => one.device === device)
    if (known === undefined)
      throw new PeerageError('contact.unknown', 'That is no device of yours; `peerage devices` lists them.')
    this.#sign(main, now, devices =>
      devices.map(one => (one.device === device ? { ...one, revoked: true } : one)),
    )
  }

  /** The number of the newest list that a key signed; 0 when there is none. */
  lastList(key: string): number {
    return this.#lists.get(key)?.number ?? 0
  }

  /** Calls `listener` after each change with the person that it is about. Gives what ends it. */
  onChanged(listener: (person: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` when a second hand-over of one key was refused. Gives what ends it. */
  onConflict(listener: (conflict: HandoverConflict) => void): () => void {
    this.#conflictListeners.add(listener)
    return () => this.#conflictListeners.delete(listener)
  }

  #receiveHandover(handover: Handover, bytes: Uint8Array, isWanted: boolean): 'news' | 'known' {
    const { from, to, lastList } = handover
    const held = this.#handovers.get(from)
    if (held?.to === to) return 'known'
    if (held !== undefined) {
      for (const listener of [...this.#conflictListeners]) listener({ from, kept: held.to, refused: to })
      throw invalid('that key was handed over to another one before')
    }
    if (this.#newest(to) === from) throw invalid('it goes back to an earlier key')
    if (this.personOf(to) !== to && this.personOf(to) !== from)
      throw invalid('the new key belongs to somebody else')
    if (this.formerly(from).length + this.formerly(to).length + 1 > maxFormerKeys)
      throw invalid('that person has had too many keys')
    this.#admit(from, [from, to, ...this.formerly(from)], isWanted)
    this.#state.put(handoverKind, from, storeHandover({ ...handover, bytes }))
    // Lists with a later number are of whoever stole the old key, unless the hand-over is.
    if (this.lastList(from) > lastList) this.#dropList(from)
    this.#holdHandover({ ...handover, bytes })
    this.#changed(to)
    return 'news'
  }

  #receiveList(list: DeviceList, bytes: Uint8Array, isWanted: boolean): 'news' | 'known' {
    const { signer, number, id } = list
    const held = this.#lists.get(signer)
    if (held?.id === id) return 'known'
    // Whoever is behind tells what it has in good faith.
    if (held !== undefined && held.number > number) return 'known'
    if (held?.number === number) throw invalid('it says something else than what is known under its number')
    const handover = this.#handovers.get(signer)
    if (handover !== undefined && number > handover.lastList)
      throw invalid('it was signed with a key that had been handed over')
    const keys = [signer, ...this.formerly(signer)]
    if (list.devices.some(({ person }) => !keys.includes(person)))
      throw invalid('a device in it agreed to belong to somebody else')
    for (const { device } of list.devices) this.#judgeClaim(signer, device)
    this.#admit(
      signer,
      [...keys, this.#newest(signer), ...list.devices.map(({ device }) => device)],
      isWanted,
    )
    const devices = [...list.devices, ...forgotten(held, list)]
    const next: HeldList = { ...list, bytes, devices }
    this.#state.put(listKind, signer, storeList(next))
    this.#holdList(next)
    this.#changed(this.#newest(signer))
    return 'news'
  }

  #judgeClaim(signer: string, device: string): void {
    if (this.#before.has(device) && this.#newest(signer) !== device)
      throw invalid('a device in it is the main key of somebody else')
    const claims = this.#claims.get(device)
    if (claims !== undefined && !claims.has(signer) && claims.size >= maxPersonsOfDevice)
      throw invalid('a device in it belongs to too many')
  }

  /** Signs the list of this person anew. Devices of its former keys come into it, unless they were revoked: that stands in the old list. */
  #sign(main: Identity, now: number, change: (devices: HeldDevice[]) => HeldDevice[]): void {
    const { peerId } = main
    if (this.principal(peerId) !== peerId)
      throw new PeerageError(
        'usage.invalid',
        'Only the main key of a person names its devices, and this one has another: do it on the machine that has that key.',
      )
    const entries = new Map<string, HeldDevice>()
    for (const key of [...this.formerly(peerId), peerId])
      for (const one of this.#lists.get(key)?.devices ?? [])
        if (key === peerId || !one.revoked) entries.set(one.device, one)
    const devices = change([...entries.values()]).filter(hasConsent)
    if (devices.length > peopleLimits.devices)
      throw new PeerageError(
        'access.limit',
        `A person has at most ${peopleLimits.devices} devices, revoked ones included; \`peerage id rotate\` begins a new list.`,
      )
    // A main key that was restored from its phrase has lost its last number; the time is beyond it.
    const number = Math.max(this.lastList(peerId) + 1, Math.floor(now))
    this.receive(signDeviceList(main, number, devices))
  }

  #of(person: string): (HeldList | HeldHandover)[] {
    const keys = [...this.formerly(person), person]
    const handovers = keys.map(key => this.#handovers.get(key))
    const lists = keys.map(key => this.#lists.get(key))
    return [...handovers, ...lists].filter(one => one !== undefined)
  }

  /** The last key in a row of hand-overs. There are no circles in it: `receive` refuses them. */
  #newest(key: string): string {
    let at = key
    for (let next = this.#handovers.get(at); next !== undefined; next = this.#handovers.get(at)) at = next.to
    return at
  }

  /**
   * What holds of several lists that name a device: of one person's, that of its newest key; of several persons', the one that the
   * device agreed to last.
   */
  #strongest(claims: ReadonlyMap<string, HeldDevice>): Claim {
    const ofPersons = new Map<string, Claim>()
    for (const [signer, { issued, revoked }] of claims) {
      const claim = { person: this.#newest(signer), age: this.#age(signer), issued, revoked }
      const other = ofPersons.get(claim.person)
      if (other === undefined || isNewer(claim, other)) ofPersons.set(claim.person, claim)
    }
    return [...ofPersons.values()].reduce((a, b) => (isLater(b, a) ? b : a))
  }

  /** How many hand-overs ago a key was the newest. */
  #age(key: string): number {
    let age = 0
    for (let next = this.#handovers.get(key); next !== undefined; next = this.#handovers.get(next.to)) age++
    return age
  }

  #holdHandover(handover: HeldHandover): void {
    const { from, to } = handover
    this.#handovers.set(from, handover)
    this.#before.set(to, [...(this.#before.get(to) ?? []), from])
  }

  #holdList(list: HeldList): void {
    this.#unclaim(list.signer)
    this.#lists.set(list.signer, list)
    for (const one of list.devices) {
      const claims = this.#claims.get(one.device) ?? new Map<string, HeldDevice>()
      this.#claims.set(one.device, claims.set(list.signer, one))
    }
  }

  #dropList(signer: string): void {
    this.#state.delete(listKind, signer)
    this.#unclaim(signer)
    this.#lists.delete(signer)
  }

  #unclaim(signer: string): void {
    for (const { device } of this.#lists.get(signer)?.devices ?? []) {
      const claims = this.#claims.get(device)
      claims?.delete(signer)
      if (claims?.size === 0) this.#claims.delete(device)
    }
  }

  /** Makes room for something about `key`; strangers get none. */
  #admit(key: string, about: readonly string[], isWanted: boolean): void {
    if (!isWanted && !this.#concerns(about)) throw invalid('nobody that it is about is known here')
    if (this.#lists.has(key) || this.#handovers.has(key)) return
    if (this.#size >= this.#max) this.#dropStrangers()
    if (this.#size < this.#max) return
    throw new PeerageError(
      'access.limit',
      `Statements of ${this.#max} keys are kept already (access.maxPeople).`,
    )
  }

  get #size(): number {
    return this.#lists.size + this.#handovers.size
  }

  /** Forgets persons that were of interest once. */
  #dropStrangers(): void {
    for (const person of this.persons()) {
      const keys = [...this.formerly(person), person]
      if (this.#concerns([...keys, ...this.devicesOf(person).map(({ device }) => device)])) continue
      for (const key of keys) {
        this.#dropList(key)
        this.#dropHandover(key)
      }
    }
  }

  #dropHandover(from: string): void {
    const held = this.#handovers.get(from)
    if (held === undefined) return
    this.#state.delete(handoverKind, from)
    this.#handovers.delete(from)
    const others = this.#before.get(held.to)!.filter(key => key !== from)
    if (others.length === 0) this.#before.delete(held.to)
    else this.#before.set(held.to, others)
  }

  #changed(person: string): void {
    for (const listener of [...this.#listeners]) listener(person)
  }
}

const none: readonly string[] = Object.freeze([])

interface Claim {
  readonly person: string
  readonly age: number
  readonly issued: number
  readonly revoked: boolean
}

/** Of two claims of one person. */
function isNewer(a: Claim, b: Claim): boolean {
  return a.age !== b.age ? a.age < b.age : a.revoked && !b.revoked
}

/** Of claims of two persons. */
function isLater(a: Claim, b: Claim): boolean {
  return a.issued !== b.issued ? a.issued > b.issued : a.person < b.person
}

/** What an earlier list named and the next one does not: revoked as well. */
function forgotten(held: HeldList | undefined, next: DeviceList): HeldDevice[] {
  const named = new Set(next.devices.map(({ device }) => device))
  return (held?.devices ?? [])
    .filter(({ device }) => !named.has(device))
    .slice(0, maxForgottenDevices)
    .map(({ device, issued }) => ({ device, issued, revoked: true }))
}

function hasConsent(one: HeldDevice): one is HeldDevice & { readonly consent: Uint8Array } {
  return one.consent !== undefined
}

function kindOf(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(decodeEnvelope(bytes).payloadType)
  } catch {
    return undefined
  }
}

function invalid(why: string): PeerageError {
  return new PeerageError('statement.invalid', `A signed statement about a person was refused: ${why}.`)
}
