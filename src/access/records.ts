import { equalBytes, fromBase64url, toBase64url, z } from '../base/index.ts'
import { type CompiledPolicy, compilePolicy } from './compiled-policy.ts'
import { type LinkTerms, type Policy, policySchema, speaksOf } from './policy.ts'

/** Where permissions are kept. The store's state database is one. */
export interface KeyValue {
  get(kind: string, key: string): unknown
  /** Durable when it returns; throws when it cannot be. */
  put(kind: string, key: string, value: unknown): void
  delete(kind: string, key: string): void
  entries(kind: string): Iterable<[string, unknown]>
}

/** What is known about one resource, in memory. */
export interface ResourceRecord {
  readonly policy: Policy
  readonly compiled: CompiledPolicy
  /** PeerId of whoever may give grants. Absent: nobody (fetched by a link that names none). */
  readonly owner?: string | undefined
  /** 32 bytes. */
  readonly secret?: Uint8Array | undefined
}

interface StoredRecord {
  policy: Policy
  owner?: string | undefined
  secret?: string | undefined
}

const storedRecord: z.ZodType<StoredRecord> = z.object({
  policy: policySchema,
  owner: z.string().max(128).optional(),
  secret: z.string().length(43).optional(),
})

export function makeRecord(
  policy: Policy,
  owner: string | undefined,
  secret: Uint8Array | undefined,
): ResourceRecord {
  return { policy, compiled: compilePolicy(policy), owner, secret }
}

/** As JSON. */
export function storeRecord({ policy, owner, secret }: ResourceRecord): unknown {
  return { policy, owner, secret: secret && toBase64url(secret) } satisfies StoredRecord
}

/** Undefined when the stored value is damaged: then nobody may, which is safe. */
export function restoreRecord(value: unknown): ResourceRecord | undefined {
  const result = storedRecord.safeParse(value)
  if (!result.success) return undefined
  const { policy, owner, secret } = result.data
  try {
    return makeRecord(policy, owner, secret === undefined ? undefined : fromBase64url(secret))
  } catch {
    return undefined
  }
}

/**
 * What a link to the resource has to carry for the peers that its policy allows. Nothing means that everyone may, so what is
 * for nobody yet names its owner.
 */
export function termsOf({ policy, owner, secret }: ResourceRecord): LinkTerms {
  if (speaksOf(policy, subject => subject === 'everyone')) return {}
  const bySecret = secret !== undefined && speaksOf(policy, subject => subject === 'secret')
  const byName = speaksOf(policy, subject => subject !== 'everyone' && subject !== 'secret')
  return { ...(bySecret && { secret }), ...((byName || !bySecret) && owner !== undefined && { owner }) }
}

export function sameTerms(a: LinkTerms, b: LinkTerms): boolean {
  if (a.owner !== b.owner || (a.secret === undefined) !== (b.secret === undefined)) return false
  return a.secret === undefined || equalBytes(a.secret, b.secret!)
}
