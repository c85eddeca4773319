import { type ReactNode, useState } from 'react'
import type { Input } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox, NumberField, Select, TextField } from '../../ui/field.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

type Limits = Pick<
  Input<'access.allow'>,
  'until' | 'hours' | 'bytes' | 'bytesADay' | 'rate' | 'uses' | 'lanOnly'
>

/** Allows somebody a share within limits, or denies it. */
export function AllowSomebody({ resource }: { readonly resource: string }): ReactNode {
  const texts = useTexts(people)
  const contacts = useValue('contacts.list')
  const circles = useValue('circles.list')
  const allow = useAction('access.allow')
  const deny = useAction('access.deny')
  const [who, setWho] = useState('contacts')
  const [limits, setLimits] = useState<Limits>({})
  const { subject } = texts.permissions
  const about = { who, resource, action: [] }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== ''))
  return (
    <Card title={texts.permissions.allowSomebody}>
      <Select
        label={texts.permissions.who}
        value={who}
        onChange={setWho}
        options={[
          { value: 'contacts', label: subject.contacts },
          { value: 'everyone', label: subject.everyone },
          { value: 'secret', label: subject.secret },
          ...(contacts.data ?? []).map(one => ({
            value: `peer:${one.peer}`,
            label: visibleText(one.name),
          })),
          ...(circles.data ?? []).flatMap(({ id, name }) => [
            { value: `circle:${id}`, label: subject.circle(visibleText(name)) },
            { value: `circle:${id}/member`, label: subject.members(visibleText(name)) },
            { value: `circle:${id}/admin`, label: subject.admins(visibleText(name)) },
          ]),
        ]}
      />
      <details className={css.details}>
        <summary>{texts.permissions.limits}</summary>
        <LimitFields value={limits} onChange={setLimits} />
      </details>
      <div className={css.actions}>
        <Button
          look="primary"
          busy={allow.isPending}
          onClick={() => allow.mutate({ ...about, ...given }, { onSuccess: () => setLimits({}) })}
        >
          {texts.permissions.allow}
        </Button>
        <Button busy={deny.isPending} onClick={() => deny.mutate(about)}>
          {texts.permissions.deny}
        </Button>
      </div>
      {(allow.error ?? deny.error) !== null && <ErrorState error={allow.error ?? deny.error} />}
    </Card>
  )
}

interface LimitFieldsProps {
  readonly value: Limits
  readonly onChange: (value: Limits) => void
}

function LimitFields({ value, onChange }: LimitFieldsProps): ReactNode {
  const { permissions, invites } = useTexts(people)
  const set = (change: Limits): void => onChange({ ...value, ...change })
  return (
    <div className={css.columns}>
      <Select
        label={permissions.until}
        value={value.until ?? ''}
        onChange={until => set({ until })}
        options={[
          { value: '', label: permissions.forever },
          ...(['1h', '1d', '7d', '30d'] as const).map(life => ({ value: life, label: invites.days[life] })),
        ]}
      />
      <TextField
        label={permissions.hours}
        hint={permissions.hoursHint}
        value={value.hours ?? ''}
        onChange={hours => set({ hours })}
      />
      <TextField
        label={permissions.bytes}
        hint={permissions.bytesHint}
        value={value.bytes ?? ''}
        onChange={bytes => set({ bytes })}
      />
      <TextField
        label={permissions.bytesADay}
        hint={permissions.bytesHint}
        value={value.bytesADay ?? ''}
        onChange={bytesADay => set({ bytesADay })}
      />
      <TextField
        label={permissions.rate}
        hint={permissions.rateHint}
        value={value.rate ?? ''}
        onChange={rate => set({ rate })}
      />
      <NumberField
        label={permissions.uses}
        hint={permissions.usesHint}
        value={value.uses}
        onChange={uses => set({ uses })}
      />
      <Checkbox
        label={permissions.lanOnly}
        checked={value.lanOnly ?? false}
        onChange={lanOnly => set({ lanOnly })}
      />
    </div>
  )
}
