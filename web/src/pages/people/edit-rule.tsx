import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { limitsOf } from '../../app/audience.ts'
import { LimitFields } from '../../app/limit-fields.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select } from '../../ui/field.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Rule, useRuleChanges } from './change-rules.ts'
import css from './people.module.css'

interface EditRuleProps {
  readonly details: Answer<'access.show'>
  readonly rule: Rule
  readonly onClose: () => void
}

/** Changes what a rule says, about the same people. */
export function EditRule({ details, rule, onClose }: EditRuleProps): ReactNode {
  const texts = useTexts(people)
  const { subjectText } = useRuleTexts()
  const changes = useRuleChanges(details)
  const [effect, setEffect] = useState(rule.effect)
  const [limits, setLimits] = useState(limitsOf(rule.limits))
  const [isBusy, setBusy] = useState(false)
  const save = async (): Promise<void> => {
    setBusy(true)
    if (await changes.set([{ ...rule, effect, limits }], texts.permissions.changed)) onClose()
    setBusy(false)
  }
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={<SafeText text={subjectText(rule.subject, rule.who)} />}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button look="primary" busy={isBusy} onClick={() => void save()}>
            {texts.save}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <Select
          label={texts.permissions.says}
          value={effect}
          onChange={setEffect}
          options={(['allow', 'deny'] as const).map(value => ({
            value,
            label: texts.permissions.effect[value],
          }))}
        />
        <LimitFields value={limits} onChange={setLimits} onlyUntil={effect === 'deny'} />
      </div>
    </Dialog>
  )
}
