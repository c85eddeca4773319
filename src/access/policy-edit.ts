import { type Action, type Policy, type Rule, rulesOf, type SubjectRule } from './policy.ts'

/** A policy that says `rule` of its subject: other rules about that subject say nothing any more of its actions. */
export function withRule(policy: Policy | undefined, rule: Rule): Policy {
  if (policy === undefined) return { subjects: [], actions: rule.actions, rules: [rule] }
  const others = (actions: readonly Action[]): Action[] => actions.filter(one => !rule.actions.includes(one))
  const own = rulesOf(policy).filter(one => one.subject === rule.subject)
  const rest = own
    .map(one => ({ ...one, actions: others(one.actions) }))
    .filter(one => one.actions.length > 0)
  const without = withoutSubject(policy, rule.subject)
  return { ...without, rules: [...(without.rules ?? []), ...rest, rule] }
}

/** A policy without any rule about a subject; the same one when it has none. */
export function withoutSubject(policy: Policy, subject: SubjectRule): Policy {
  if (!rulesOf(policy).some(rule => rule.subject === subject)) return policy
  const { rules, ...rest } = policy
  const others = rules?.filter(rule => rule.subject !== subject)
  return {
    ...rest,
    subjects: policy.subjects.filter(one => one !== subject),
    ...(others !== undefined && others.length > 0 && { rules: others }),
  }
}
