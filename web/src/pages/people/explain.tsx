import { type ReactNode, useState } from 'react'
import type { Answer, Input } from '../../api/client.ts'
import { useValue } from '../../api/hooks.ts'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

type Action = NonNullable<Input<'access.explain'>['action']>
const actions: readonly Action[] = ['list', 'read', 'serve', 'write', 'use']

interface ExplainProps {
  readonly resource: string
  /** Who is chosen at first. */
  readonly person: string
}

/** Whether one person may, and what each rule says to that. */
export function Explain({ resource, person }: ExplainProps): ReactNode {
  const texts = useTexts(people).permissions
  const contacts = useValue('contacts.list')
  const [chosen, setChosen] = useState(person)
  const [action, setAction] = useState<Action>('read')
  const all = contacts.data ?? []
  const peer = all.some(one => one.peer === chosen) ? chosen : (all[0]?.peer ?? '')
  const answer = useValue('access.explain', { peer, action, resource }, { enabled: peer !== '' })
  if (all.length === 0) return null
  return (
    <Card title={texts.explainTitle}>
      <div className={css.bar}>
        <Select
          label={texts.person}
          value={peer}
          onChange={setChosen}
          options={all.map(one => ({ value: one.peer, label: visibleText(one.name) }))}
        />
        <Select
          label={texts.action}
          value={action}
          onChange={setAction}
          options={actions.map(value => ({ value, label: texts.actions[value] }))}
        />
      </div>
      {answer.error !== null && <ErrorState error={answer.error} />}
      {answer.data !== undefined && <Told answer={answer.data} />}
    </Card>
  )
}

function Told({ answer }: { readonly answer: Answer<'access.explain'> }): ReactNode {
  const texts = useTexts(people).permissions
  const { subjectText, limitTexts } = useRuleTexts()
  const { allowed, by, name, rules } = answer
  const shown = visibleText(name)
  const because =
    by === 'blocked' || by === 'resource-owner'
      ? texts.because[by]
      : by === undefined
        ? texts.because.nothing
        : undefined
  return (
    <>
      <p role="status" className={css.verdict}>
        {allowed ? texts.yes(shown) : texts.no(shown)}
      </p>
      {because !== undefined && <p>{because}</p>}
      <ul className={css.list}>
        {rules.map(({ subject, who, effect, limits, outcome }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other name, and stand in their order
          <li key={place} className={css.row}>
            <span className={css.words}>
              <SafeText text={`${subjectText(subject, who)} ${texts.effect[effect]}`} />
              <span className={css.soft}>{[texts.outcome[outcome], ...limitTexts(limits)].join(' · ')}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
