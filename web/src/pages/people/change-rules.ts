import { type Answer, api } from '../../api/client.ts'
import { refresh } from '../../api/hooks.ts'
import { givenLimits, type Limits, limitsOf } from '../../app/audience.ts'
import { useToast } from '../../ui/toast.tsx'

type Details = Answer<'access.show'>
export type Rule = Details['rules'][number]

/** What a rule says from now on; of a denial only `from` and `until` count. */
interface NewRule {
  readonly subject: string
  readonly effect: Rule['effect']
  readonly actions: readonly Rule['actions'][number][]
  readonly limits: Limits
}

interface RuleChanges {
  /** Says it of each subject, in place of what was said of the same actions before. Resolves to whether it worked. */
  set(rules: readonly NewRule[], text: string): Promise<boolean>
  /** Takes away all that is said of a subject. */
  remove(subject: string, text: string): Promise<boolean>
}

/** Changes who may have something, at once, and offers to put it back as it was. */
export function useRuleChanges({ resource, rules }: Details): RuleChanges {
  const toast = useToast()
  const putBack = async (subjects: readonly string[]): Promise<void> => {
    for (const subject of subjects) {
      await api.access.remove({ who: subject, resource })
      for (const rule of rules.filter(one => one.subject === subject && !isOver(one)))
        await say(resource, { ...rule, limits: limitsOf(rule.limits) })
    }
  }
  const tried = async (run: () => Promise<void>): Promise<boolean> => {
    try {
      await run()
      return true
    } catch (error) {
      toast.fail(error)
      return false
    } finally {
      await refresh('access')
    }
  }
  const change = (subjects: readonly string[], text: string, run: () => Promise<void>): Promise<boolean> =>
    tried(async () => {
      await run()
      // Before the list shows it: until then the undo that stands there is that of an earlier change.
      toast.show({ text, look: 'good', onUndo: () => void tried(() => putBack([...new Set(subjects)])) })
    })
  return {
    set: (all, text) =>
      change(
        all.map(({ subject }) => subject),
        text,
        async () => {
          for (const rule of all) await say(resource, rule)
        },
      ),
    remove: (subject, text) =>
      change([subject], text, async () => {
        await api.access.remove({ who: subject, resource })
      }),
  }
}

async function say(resource: string, { subject, effect, actions, limits }: NewRule): Promise<void> {
  const about = { who: subject, resource, action: [...actions] }
  const { from, until, ...more } = givenLimits(limits)
  const times = { ...(from !== undefined && { from }), ...(until !== undefined && { until }) }
  if (effect === 'deny') await api.access.deny({ ...about, ...times })
  else await api.access.allow({ ...about, ...times, ...more })
}

/** It says nothing any more, and cannot be said again. */
function isOver({ limits: { expires } }: Rule): boolean {
  return expires !== undefined && expires <= Date.now()
}
