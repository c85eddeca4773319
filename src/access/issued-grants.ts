import { fromBase64url, PeerageError, toBase64url, z } from '../base/index.ts'
import { grantLimits } from './grant.ts'
import { openedGrant } from './opened-grant.ts'
import type { KeyValue } from './records.ts'

/** A grant that this peer signed. */
export interface IssuedGrant {
  readonly id: string
  readonly bytes: Uint8Array
  readonly subject: string
  readonly resource: string
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  /** The subject of the rule that it stands for; undefined when the user gave it. */
  readonly rule?: string | undefined
}

interface StoredGrant {
  grant: string
  subject: string
  resource: string
  expires: number
  rule?: string | undefined
}

const storedGrant: z.ZodType<StoredGrant> = z.object({
  grant: z.string().max(grantLimits.bytes * 2),
  subject: z.string().max(160),
  resource: z.string().max(grantLimits.resourceLength),
  expires: z.int(),
  rule: z.string().max(160).optional(),
})
const kind = 'access.issued'

/** What this peer signed, until it expires: to show it, to take it back, and to give the same again instead of a new one. */
export class IssuedGrants {
  readonly #state: KeyValue
  readonly #max: number
  readonly #now: () => number
  readonly #grants = new Map<string, IssuedGrant>()
  readonly #byResource = new Map<string, Set<IssuedGrant>>()

  constructor(state: KeyValue, max: number, now: () => number) {
    this.#state = state
    this.#max = max
    this.#now = now
    for (const [id, value] of [...state.entries(kind)]) {
      const grant = restored(id, value)
      if (grant === undefined || grant.expires <= now()) state.delete(kind, id)
      else this.#hold(grant)
    }
  }

  /** Those that have not expired. */
  list(): IssuedGrant[] {
    return [...this.#grants.values()].filter(grant => grant.expires > this.#now())
  }

  get(id: string): IssuedGrant | undefined {
    return this.#grants.get(id)
  }

  /** Those for a resource that have not expired. */
  of(resource: string): IssuedGrant[] {
    return [...(this.#byResource.get(resource) ?? [])].filter(grant => grant.expires > this.#now())
  }

  /** Durable when it returns. Throws `access.limit`, and what `state` throws. */
  add(bytes: Uint8Array, rule: string | undefined): IssuedGrant {
    this.#makeRoom()
    const { id, subject, resource, expires } = openedGrant(bytes)
    const grant: IssuedGrant = { id, bytes, subject, resource, expires, rule }
    const stored: StoredGrant = { grant: toBase64url(bytes), subject, resource, expires, rule }
    this.#state.put(kind, id, stored)
    this.#hold(grant)
    return grant
  }

  remove({ id, resource }: IssuedGrant): void {
    const grant = this.#grants.get(id)
    if (grant === undefined) return
    this.#state.delete(kind, id)
    this.#grants.delete(id)
    const others = this.#byResource.get(resource)
    others?.delete(grant)
    if (others?.size === 0) this.#byResource.delete(resource)
  }

  #makeRoom(): void {
    if (this.#grants.size < this.#max) return
    for (const grant of this.#grants.values()) if (grant.expires <= this.#now()) this.remove(grant)
    if (this.#grants.size >= this.#max)
      throw new PeerageError('access.limit', `There are ${this.#max} grants already (access.maxGrants).`)
  }

  #hold(grant: IssuedGrant): void {
    this.#grants.set(grant.id, grant)
    const others = this.#byResource.get(grant.resource)
    if (others === undefined) this.#byResource.set(grant.resource, new Set([grant]))
    else others.add(grant)
  }
}

function restored(id: string, value: unknown): IssuedGrant | undefined {
  const stored = storedGrant.safeParse(value)
  if (!stored.success) return undefined
  try {
    return { ...stored.data, id, bytes: fromBase64url(stored.data.grant) }
  } catch {
    return undefined
  }
}
