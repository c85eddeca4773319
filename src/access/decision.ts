import type { Allowance } from './allowance.ts'
import type { Limits } from './limits.ts'
import type { SubjectRule } from './policy.ts'

/** Yes or no, and why. The reason is for the user of this machine, never for the peer that asked. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: string
  /** The rule that decided: a subject of the policy, the user of this machine (`owner`), the owner of the resource. */
  readonly rule?: SubjectRule | 'owner' | 'resource-owner' | 'blocked' | undefined
  /** Milliseconds since the Unix epoch when the answer may be another one, if nothing else happens: then it must be asked again. */
  readonly until?: number | undefined
  /** What a stream must obey under this decision. Absent: there is no quota. */
  readonly allowance?: Allowance | undefined
  /** As the rule that allowed it says them. */
  readonly limits?: Limits | undefined
}
