import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { type Audience, subjectsOf } from '../../app/audience.ts'
import { AudiencePicker } from '../../app/audience-picker.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { type Rule, useRuleChanges } from './change-rules.ts'
import css from './people.module.css'

const nobody: Audience = { who: 'people', people: [], limits: {} }

/** Allows more people a share within limits, or denies it to them. */
export function AllowSomebody({ details }: { readonly details: Answer<'access.show'> }): ReactNode {
  const texts = useTexts(people).permissions
  const changes = useRuleChanges(details)
  const [audience, setAudience] = useState(nobody)
  const [busy, setBusy] = useState<Rule['effect']>()
  const subjects = subjectsOf(audience)
  const say = async (effect: Rule['effect']): Promise<void> => {
    setBusy(effect)
    const rules = subjects.map(subject => ({ subject, effect, actions: [], limits: audience.limits }))
    if (await changes.set(rules, effect === 'allow' ? texts.allowed : texts.isDenied)) setAudience(nobody)
    setBusy(undefined)
  }
  return (
    <Card title={texts.allowSomebody}>
      <AudiencePicker value={audience} onChange={setAudience} />
      <div className={css.actions}>
        <Button
          look="primary"
          busy={busy === 'allow'}
          disabled={subjects.length === 0}
          onClick={() => void say('allow')}
        >
          {texts.allow}
        </Button>
        <Button busy={busy === 'deny'} disabled={subjects.length === 0} onClick={() => void say('deny')}>
          {texts.deny}
        </Button>
      </div>
    </Card>
  )
}
