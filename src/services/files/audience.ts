import { type Bounds, describeBounds, type Policy, type SubjectRule } from '../../access/index.ts'
import type { FilesHost } from './host.ts'

/** Whom a policy is for, or not for, in words. */
export interface Audience {
  /** As policies keep it. */
  readonly subject: string
  /** They may not, whatever others may. */
  readonly denied?: true
  /** `Ann`, `members of family`, `whoever has the link`, `not Bob`. */
  readonly who: string
  /** `until 2026-12-25 00:00`, `1 GB a day`. */
  readonly limits?: readonly string[]
}

/** Nobody: an empty list. */
export function audienceOf({ world, nameOf }: FilesHost, policy: Policy | undefined): Audience[] {
  if (policy === undefined) return []
  const { subjects, rules = [], ...bounds } = policy
  const name = (subject: SubjectRule): string => plainNames[subject] ?? nameOf?.(subject) ?? subject
  const entry = (subject: SubjectRule, within: Bounds, more: readonly string[] = []): Audience => {
    const limits = [...more, ...describeBounds(within, at => world.localOffset(at))]
    return { subject, who: name(subject), ...(limits.length > 0 && { limits }) }
  }
  return [
    ...subjects.map(subject => entry(subject, bounds)),
    ...rules.map(rule =>
      rule.effect === 'deny'
        ? { ...entry(rule.subject, rule), who: `not ${name(rule.subject)}`, denied: true as const }
        : entry(rule.subject, rule, rule.actions.includes('read') ? [] : [`only ${rule.actions.join(', ')}`]),
    ),
  ]
}

const plainNames: Readonly<Record<string, string>> = {
  secret: 'whoever has the link',
  everyone: 'everyone',
  contacts: 'your contacts',
}
