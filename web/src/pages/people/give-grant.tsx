import { type ReactNode, useState } from 'react'
import type { Input } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { givenLimits, type Limits } from '../../app/audience.ts'
import { LimitFields } from '../../app/limit-fields.tsx'
import { audience } from '../../texts/audience.ts'
import { grants } from '../../texts/grants.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox, NumberField, Select } from '../../ui/field.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

interface GiveGrantProps {
  readonly resource: string
  readonly onClose: () => void
}

const offered = ['list', 'read', 'serve'] as const

/** Signs a permission for one person or circle, and shows the text that they need. */
export function GiveGrant({ resource, onClose }: GiveGrantProps): ReactNode {
  const texts = useTexts(grants)
  const { cancel, permissions, invites } = useTexts(people)
  const names = useTexts(audience).subject
  const contacts = useValue('contacts.list').data ?? []
  const circles = useValue('circles.list').data ?? []
  const give = useAction('grants.give')
  const [who, setWho] = useState<string>()
  const [actions, setActions] = useState<readonly (typeof offered)[number][]>(['list', 'read'])
  const [limits, setLimits] = useState<Limits>({})
  const [delegate, setDelegate] = useState<number | undefined>(0)
  const options = [
    ...contacts.map(({ peer, name }) => ({ value: peer, label: visibleText(name) })),
    ...circles.map(({ id, name }) => ({ value: `circle:${id}`, label: names.circle(visibleText(name)) })),
  ]
  const chosen = who ?? options[0]?.value
  const input: Input<'grants.give'> | undefined =
    chosen === undefined
      ? undefined
      : { who: chosen, actions: actions.join(), resource, delegate: delegate ?? 0, ...givenLimits(limits) }
  const given = give.data
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={texts.give}
      actions={
        given !== undefined ? (
          <Button onClick={onClose}>{invites.done}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{cancel}</Button>
            <Button
              look="primary"
              busy={give.isPending}
              disabled={input === undefined || actions.length === 0}
              onClick={() => input !== undefined && give.mutate(input)}
            >
              {texts.sign}
            </Button>
          </>
        )
      }
    >
      {given !== undefined ? (
        <div className={css.code}>
          <p>{texts.handOver(visibleText(given.name))}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <output className={css.long} tabIndex={0}>
            {given.text}
          </output>
          <Copy text={given.text} />
        </div>
      ) : options.length === 0 ? (
        <p>{texts.nobody}</p>
      ) : (
        <div className={css.stack}>
          <Select label={permissions.person} value={chosen ?? ''} options={options} onChange={setWho} />
          <fieldset className={css.choices}>
            <legend>{permissions.action}</legend>
            {offered.map(one => (
              <Checkbox
                key={one}
                label={permissions.actions[one]}
                checked={actions.includes(one)}
                onChange={isOn =>
                  setActions(offered.filter(other => (other === one ? isOn : actions.includes(other))))
                }
              />
            ))}
          </fieldset>
          <LimitFields value={limits} onChange={setLimits} />
          <NumberField
            label={texts.delegate}
            hint={texts.delegateHint}
            min={0}
            value={delegate}
            onChange={setDelegate}
          />
          {give.error !== null && <ErrorState error={give.error} />}
        </div>
      )}
    </Dialog>
  )
}
