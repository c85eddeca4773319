import { fromBase64url, PeerageError, toBase64url, z } from '../base/index.ts'
import { type Grant, grantLimits, openGrant } from './grant.ts'
import { grantFault } from './grant-fault.ts'
import type { KeyValue } from './records.ts'
import { noStanding } from './standing.ts'
import type { TrustedClock } from './trusted-clock.ts'

interface Held {
  readonly bytes: Uint8Array
  readonly issued: number
  readonly expires: number
}

interface StoredGrant {
  grant: string
  issued: number
  expires: number
}

const storedGrant: z.ZodType<StoredGrant> = z.object({
  grant: z.string().max(grantLimits.bytes * 2),
  issued: z.int(),
  expires: z.int(),
})

const kind = 'access.grant'

/** The grants that this peer was given, one for each resource, to be shown to other members. Survives a restart. */
export class HeldGrants {
  readonly #state: KeyValue
  readonly #self: string
  readonly #clock: TrustedClock
  readonly #held = new Map<string, Held>()

  constructor(state: KeyValue, self: string, clock: TrustedClock) {
    this.#state = state
    this.#self = self
    this.#clock = clock
    for (const [resource, value] of state.entries(kind)) this.#restore(resource, value)
  }

  /** The envelope to show for `resource`, unless there is none or it has expired. */
  get(resource: string): Uint8Array | undefined {
    const held = this.#held.get(resource)
    return held !== undefined && held.expires > this.#clock.now() ? held.bytes : undefined
  }

  /** Keeps a grant by `owner` for this peer when it is genuine and newer than the one held. False, and nothing kept, otherwise. */
  keep(resource: string, owner: string, bytes: Uint8Array): boolean {
    const grant = openOrNothing(bytes)
    if (grant === undefined || grant.owner !== owner) return false
    if (grantFault(grant, this.#self, resource, this.#clock.now(), noStanding) !== undefined) return false
    const held = this.#held.get(resource)
    if (held !== undefined && held.issued >= grant.issued) return false
    const { issued, expires } = grant
    const copy = bytes.slice()
    this.#held.set(resource, { bytes: copy, issued, expires })
    this.#store(resource, { grant: toBase64url(copy), issued, expires })
    return true
  }

  /** What cannot be stored (full disk) is good until the next start; the owner gives another one then. */
  #store(resource: string, grant: StoredGrant): void {
    try {
      this.#state.put(kind, resource, grant)
    } catch {
      // Reported by the store itself; no reason to end the stream that brought the grant.
    }
  }

  remove(resource: string): void {
    if (!this.#held.delete(resource)) return
    this.#state.delete(kind, resource)
  }

  /** Signatures are not checked again here, to start fast with many: whoever is shown a grant checks it. */
  #restore(resource: string, value: unknown): void {
    const stored = storedGrant.safeParse(value)
    if (!stored.success) return
    const { grant, issued, expires } = stored.data
    try {
      this.#held.set(resource, { bytes: fromBase64url(grant), issued, expires })
    } catch {
      // Damaged: the owner gives another one.
    }
  }
}

function openOrNothing(bytes: Uint8Array): Grant | undefined {
  try {
    return openGrant(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
