import { describeBounds, type Policy, type SubjectRule } from '../../access/index.ts'
import type { FilesHost } from './host.ts'

/** Whom a policy is for, each with its limits, in words: `anna (until 2026-12-25 00:00)`, `not bob`. Nobody: an empty list. */
export function audienceOf({ world, nameOf }: FilesHost, policy: Policy | undefined): string[] {
  if (policy === undefined) return []
  const name = (subject: SubjectRule): string => plainNames[subject] ?? nameOf?.(subject) ?? subject
  const { subjects, rules = [], ...bounds } = policy
  const withBounds = (who: string, parts: string[]): string =>
    parts.length === 0 ? who : `${who} (${parts.join(', ')})`
  const plain = subjects.map(one =>
    withBounds(
      name(one),
      describeBounds(bounds, at => world.localOffset(at)),
    ),
  )
  const finer = rules.map(rule => {
    const parts = describeBounds(rule, at => world.localOffset(at))
    const may = rule.actions.includes('read') ? [] : [`only ${rule.actions.join(', ')}`]
    return rule.effect === 'deny'
      ? withBounds(`not ${name(rule.subject)}`, parts)
      : withBounds(name(rule.subject), [...may, ...parts])
  })
  return [...plain, ...finer]
}

const plainNames: Readonly<Record<string, string>> = {
  secret: 'whoever has the link',
  everyone: 'everyone',
  contacts: 'your contacts',
}
