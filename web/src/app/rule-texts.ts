import type { Answer } from '../api/client.ts'
import { audience } from '../texts/audience.ts'
import { useTexts } from '../texts/texts.ts'
import { useFormat } from '../ui/format.ts'

type Limits = Answer<'access.show'>['rules'][number]['limits']

interface RuleTexts {
  /** Whom a rule is about: `who` is what the daemon calls it. */
  subjectText(subject: string, who: string): string
  limitTexts(limits: Limits): string[]
}

/** Rules in the language of the user. */
export function useRuleTexts(): RuleTexts {
  const { subject: names, bound, you } = useTexts(audience)
  const format = useFormat()
  return {
    subjectText(subject, who) {
      if (subject === 'everyone' || subject === 'contacts' || subject === 'secret') return names[subject]
      const [, kind, name = ''] =
        /^(circle|members of|admins of|whoever has a grant of) (.+)$/s.exec(who) ?? []
      // Whom the user calls so is somebody else.
      if (kind === undefined || subject.startsWith('peer:')) return who === 'you' ? you : who
      if (kind === 'circle') return names.circle(name)
      if (kind === 'members of') return names.members(name)
      if (kind === 'admins of') return names.admins(name)
      return name === 'you' ? names.ownGrant : names.grant(name)
    },
    limitTexts({ from, expires, hours, bytes, bytesPerDay, bytesPerSecond, uses, lanOnly }) {
      return [
        from !== undefined && bound.from(format.dateTime(from)),
        expires !== undefined && bound.until(format.dateTime(expires)),
        hours !== undefined && bound.hours(hours),
        bytes !== undefined && bound.bytes(format.bytes(bytes)),
        bytesPerDay !== undefined && bound.bytesADay(format.bytes(bytesPerDay)),
        bytesPerSecond !== undefined && format.rate(bytesPerSecond),
        uses !== undefined && bound.uses(uses),
        lanOnly === true && bound.lanOnly,
      ].filter(one => one !== false)
    },
  }
}
