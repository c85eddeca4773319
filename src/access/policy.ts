import { PeerageError, z } from '../base/index.ts'
import { type Limits, limitFields, limitNames } from './limits.ts'
import { canonicalPeerId } from './peer-id.ts'

/** What a subject may do: know that it exists, fetch it, hand it to others, change it, make use of it. */
export type Action = 'list' | 'read' | 'serve' | 'write' | 'use'

export const actions: readonly Action[] = ['list', 'read', 'serve', 'write', 'use']

/**
 * Whom a rule speaks of: all peers; the user's contacts; whoever proves that it holds the link's secret; one peer, or the person
 * whose key that is; members of a circle (its id, 64 hex digits), or those of a role (an admin is a member, too); whoever shows a
 * valid grant that the named peer (the owner) signed for it.
 */
export type SubjectRule =
  | 'everyone'
  | 'contacts'
  | 'secret'
  | `peer:${string}`
  | `circle:${string}`
  | `grant:${string}`

/**
 * When a rule is there at all. Its other limits belong to what it allows: outside of them it still decides, and says no. Quotas
 * count for each person by itself, and only what this machine serves.
 */
export interface Bounds extends Limits {
  /** Milliseconds since the Unix epoch before which the rule is as if it were not there. */
  readonly from?: number | undefined
  /** Milliseconds since the Unix epoch from which on the rule is as if it were not there. */
  readonly expires?: number | undefined
}

/** One statement of a policy. A rule says nothing about actions that it does not name. A denial has no limits but its times. */
export interface Rule extends Bounds {
  readonly subject: SubjectRule
  readonly effect: 'allow' | 'deny'
  readonly actions: readonly Action[]
}

/** Who may do what with one resource. What no rule allows is denied. The limits are those of each of `subjects`. */
export interface Policy extends Bounds {
  /** Each of these may do all of `actions`. */
  readonly subjects: readonly SubjectRule[]
  readonly actions: readonly Action[]
  /** Finer statements beside these, such as the denial of one peer. */
  readonly rules?: readonly Rule[] | undefined
}

/** The most subjects and rules that one policy may have. */
export const maxRules = 4096

const time = z.int().min(0)
const subjectRule: z.ZodType<SubjectRule> = z
  .string()
  .max(160)
  .transform((text, context) => {
    try {
      return canonicalSubject(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a subject' })
      return z.NEVER
    }
  })
const actionList: z.ZodType<readonly Action[]> = z
  .array(z.enum(['list', 'read', 'serve', 'write', 'use']))
  .min(1)
  .max(actions.length)

const bounds = { from: time.optional(), expires: time.optional(), ...limitFields }

const rule: z.ZodType<Rule> = z
  .strictObject({
    subject: subjectRule,
    effect: z.enum(['allow', 'deny']),
    actions: actionList,
    ...bounds,
  })
  .refine(one => one.effect === 'allow' || limitNames.every(name => one[name] === undefined), {
    message: 'A denial has no limits but `from` and `expires`',
  })

/** The schema of a policy as it comes from the API or the disk. Peer ids come out in their canonical form. */
export const policySchema: z.ZodType<Policy> = z.strictObject({
  subjects: z.array(subjectRule).max(maxRules),
  actions: actionList,
  ...bounds,
  rules: z.array(rule).max(maxRules).optional(),
})

/** A checked copy of `value`. Throws `access.policy-invalid`. */
export function parsePolicy(value: unknown): Policy {
  const result = policySchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (at ${issue.path.join('.')})`
  throw new PeerageError(
    'access.policy-invalid',
    `Not a valid policy: ${issue?.message ?? 'unknown'}${where}`,
  )
}

/** A subject as a person writes it, in the form that policies keep. Throws `access.policy-invalid`, `peer-id.invalid`. */
export function canonicalSubject(text: string): SubjectRule {
  if (text === 'everyone' || text === 'contacts' || text === 'secret') return text
  if (/^circle:[0-9a-f]{64}(\/(admin|member))?$/.test(text)) return text as SubjectRule
  if (text.startsWith('peer:')) return `peer:${canonicalPeerId(text.slice(5))}`
  if (text.startsWith('grant:')) return `grant:${canonicalPeerId(text.slice(6))}`
  throw new PeerageError(
    'access.policy-invalid',
    'A subject is `everyone`, `contacts`, `secret`, `peer:ID` or `circle:ID`.',
  )
}

/** What a link says about who may have its content. */
export interface LinkTerms {
  /** 32 bytes. */
  readonly secret?: Uint8Array | undefined
  /** PeerId. */
  readonly owner?: string | undefined
}

/**
 * The policy of whoever fetched content by a link, so that members serve one another as the owner would: those that prove
 * the link's secret, those that show a grant of the link's owner, and everyone when the link names neither.
 */
export function policyOfLink({ secret, owner }: LinkTerms): Policy {
  const subjects: SubjectRule[] = []
  if (secret !== undefined) subjects.push('secret')
  if (owner !== undefined) subjects.push(`grant:${canonicalPeerId(owner)}`)
  if (subjects.length === 0) subjects.push('everyone')
  return { subjects, actions: ['list', 'read', 'serve'] }
}

/** Whether a policy allows a kind of subject anything, whoever it is in the end. */
export function speaksOf(policy: Policy, matches: (subject: SubjectRule) => boolean): boolean {
  return rulesOf(policy).some(one => one.effect === 'allow' && matches(one.subject))
}

/** A policy as the list of rules that it stands for. */
export function rulesOf(policy: Policy): readonly Rule[] {
  const { subjects, rules, ...rest } = policy
  const plain = subjects.map((subject): Rule => ({ ...rest, subject, effect: 'allow' }))
  return [...plain, ...(rules ?? [])]
}
