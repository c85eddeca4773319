import { fromBase64url, PeerageError, toBase64url, z } from '../base/index.ts'
import { swarmHelloLimits } from '../wire/index.ts'
import { chainOf, type Grant, grantLimits, isCircle, saysSame } from './grant.ts'
import { covers, type GrantStanding, grantFault, isSamePerson } from './grant-fault.ts'
import { openedGrant } from './opened-grant.ts'
import type { KeyValue } from './records.ts'

/** A grant that this peer was given, itself or with its circle. */
export interface HeldGrant {
  readonly bytes: Uint8Array
  readonly grant: Grant
}

interface Held {
  /** Under which it is stored. */
  readonly key: string
  readonly bytes: Uint8Array
  readonly expires: number
}

interface StoredGrant {
  grant: string
  expires: number
}

export interface HeldGrantsOptions {
  readonly state: KeyValue
  /** PeerId of this peer. */
  readonly self: string
  readonly standing: GrantStanding
  /** How many there may be in all. */
  readonly max: number
  /** Milliseconds since the Unix epoch. */
  now(): number
}

const storedGrant: z.ZodType<StoredGrant> = z.object({
  grant: z.string().max(grantLimits.bytes * 2),
  expires: z.int(),
})
const kind = 'access.grant'
const none: readonly Grant[] = []
/** What is left of a hello for grants. */
const shownBytes = swarmHelloLimits.frameBytes - 256

/**
 * The grants that this peer was given, itself or with a circle that it is in, to be shown to other members. Those of a circle also say for
 * this peer who else of the circle may be served. A few for each resource; survives a restart.
 */
export class HeldGrants {
  readonly #options: HeldGrantsOptions
  readonly #held = new Map<string, readonly Held[]>()
  #size = 0

  constructor(options: HeldGrantsOptions) {
    this.#options = options
    const { state } = options
    for (const [key, value] of [...state.entries(kind)]) {
      const held = restored(key, value)
      if (held === undefined || held.expires <= options.now()) state.delete(kind, key)
      else this.#add(resourceOf(key), held)
    }
  }

  /** All that serve now, of all resources. */
  list(): HeldGrant[] {
    return [...this.#held.keys()].flatMap(resource => this.#serving(resource))
  }

  /** What to show `peer` for `resource`: all of it fits into a hello. Those of a circle only who is in it gets to see. */
  shownTo(peer: string, resource: string): Uint8Array[] {
    const { standing } = this.#options
    const shown: Uint8Array[] = []
    let left = shownBytes
    for (const { bytes, grant } of this.#serving(resource).sort(byWorth)) {
      if (isCircle(grant.subject) && !covers(grant.subject, peer, standing)) continue
      if (bytes.length > left || shown.length >= swarmHelloLimits.grants) continue
      left -= bytes.length
      shown.push(bytes)
    }
    return shown
  }

  /** Grants for circles that this peer is in: evidence for anybody who is in them, too. */
  ofCircles(resource: string): readonly Grant[] {
    if (!this.#held.has(resource)) return none
    return this.#serving(resource)
      .map(({ grant }) => grant)
      .filter(({ subject }) => isCircle(subject))
  }

  /**
   * Keeps a grant that is, in the end, by `owner` and serves this peer, when it is genuine and newer than the one held that says the same.
   * False, and nothing kept, otherwise.
   */
  keep(resource: string, owner: string, bytes: Uint8Array): boolean {
    const grant = openOrNothing(bytes.slice())
    const { standing } = this.#options
    if (grant === undefined || !isSamePerson(grant.grant.owner, owner, standing)) return false
    return this.#fault(grant.grant, resource) === undefined && this.#insert(resource, grant)
  }

  /**
   * Keeps a grant that the user was handed. Throws `grant.invalid` when it is no genuine grant, or does not serve this peer; `access.limit`.
   */
  import(bytes: Uint8Array): Grant {
    const copy = bytes.slice()
    const grant = openedGrant(copy)
    const fault = this.#fault(grant, grant.resource)
    if (fault !== undefined) throw new PeerageError('grant.invalid', `The grant is of no use here: ${fault}.`)
    this.#insert(grant.resource, { bytes: copy, grant })
    const isKept = this.#held.get(grant.resource)?.some(held => openedGrant(held.bytes).id === grant.id)
    if (isKept !== true)
      throw new PeerageError('access.limit', 'Better grants are held already, or too many of them.')
    return grant
  }

  remove(resource: string): void {
    for (const held of this.#held.get(resource) ?? []) this.#drop(resource, held)
  }

  #fault(grant: Grant, resource: string): string | undefined {
    const { self, standing, now } = this.#options
    return grantFault(grant, self, resource, now(), standing)
  }

  #serving(resource: string): HeldGrant[] {
    const opened = (this.#held.get(resource) ?? []).map(({ bytes }) => openOrNothing(bytes))
    return opened
      .filter(one => one !== undefined)
      .filter(({ grant }) => this.#fault(grant, resource) === undefined)
  }

  #insert(resource: string, { bytes, grant }: HeldGrant): boolean {
    const others = this.#held.get(resource) ?? []
    const twin = others.find(held => isTwin(openOrNothing(held.bytes)?.grant, grant))
    if (twin !== undefined && openedGrant(twin.bytes).issued >= grant.issued) return false
    const given = twin ?? this.#worst(resource, { bytes, grant })
    if (given === 'new') return false
    if (given !== undefined) this.#drop(resource, given)
    if (this.#size >= this.#options.max) return false
    const held = { key: `${resource} ${grant.id}`, bytes, expires: grant.expires }
    this.#add(resource, held)
    this.#store(held)
    return true
  }

  /** Which one has to go to make room, if one has to. */
  #worst(resource: string, candidate: HeldGrant): Held | 'new' | undefined {
    const others = this.#held.get(resource) ?? []
    if (others.length < swarmHelloLimits.grants) return undefined
    const useless = others.find(held => {
      const grant = openOrNothing(held.bytes)?.grant
      return grant === undefined || this.#fault(grant, resource) !== undefined
    })
    if (useless !== undefined) return useless
    const all = others.map(held => ({ held, bytes: held.bytes, grant: openedGrant(held.bytes) }))
    const last = all.toSorted(byWorth).at(-1)!
    return byWorth(candidate, last) < 0 ? last.held : 'new'
  }

  #add(resource: string, held: Held): void {
    this.#held.set(resource, [...(this.#held.get(resource) ?? []), held])
    this.#size++
  }

  #drop(resource: string, held: Held): void {
    const rest = (this.#held.get(resource) ?? []).filter(other => other !== held)
    if (rest.length === 0) this.#held.delete(resource)
    else this.#held.set(resource, rest)
    this.#size--
    this.#options.state.delete(kind, held.key)
  }

  /** What cannot be stored (full disk) is good until the next start; the owner gives another one then. */
  #store({ key, bytes, expires }: Held): void {
    try {
      this.#options.state.put(kind, key, { grant: toBase64url(bytes), expires } satisfies StoredGrant)
    } catch {
      // Reported by the store itself; no reason to end the stream that brought the grant.
    }
  }
}

/** The owner's own word goes before what others passed on, what others can use before what they cannot, then what lasts longer. */
function byWorth({ grant: a }: HeldGrant, { grant: b }: HeldGrant): number {
  return (
    chainOf(a).length - chainOf(b).length ||
    Number(isCircle(b.subject)) - Number(isCircle(a.subject)) ||
    b.expires - a.expires
  )
}

function isTwin(held: Grant | undefined, grant: Grant): boolean {
  return held?.issuer === grant.issuer && held.owner === grant.owner && saysSame(held, grant)
}

/** Grants used to be stored by resource alone. */
function resourceOf(key: string): string {
  return key.split(' ', 1)[0]!
}

/** Signatures are not checked here, to start fast with many, but when a grant is first made use of. */
function restored(key: string, value: unknown): Held | undefined {
  const stored = storedGrant.safeParse(value)
  if (!stored.success) return undefined
  try {
    return { key, bytes: fromBase64url(stored.data.grant), expires: stored.data.expires }
  } catch {
    // Damaged: the owner gives another one.
    return undefined
  }
}

function openOrNothing(bytes: Uint8Array): HeldGrant | undefined {
  try {
    return { bytes, grant: openedGrant(bytes) }
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
