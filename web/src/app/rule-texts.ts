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
      if (subject.startsWith('circle:')) {
        const name = who.replace(/^(circle|members of|admins of) /, '')
        if (subject.endsWith('/admin')) return names.admins(name)
        return subject.endsWith('/member') ? names.members(name) : names.circle(name)
      }
      if (subject.startsWith('grant:')) return names.grant(who.replace(/^whoever has a grant of /, ''))
      return who === 'you' ? you : who
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
