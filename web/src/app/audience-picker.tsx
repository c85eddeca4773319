import type { ReactNode } from 'react'
import { useValue } from '../api/hooks.ts'
import { audience } from '../texts/audience.ts'
import { useTexts } from '../texts/texts.ts'
import { Checkbox, Select } from '../ui/field.tsx'
import { RadioCards } from '../ui/radio-cards.tsx'
import { SafeText } from '../ui/safe-text.tsx'
import { visibleText } from '../ui/visible-text.ts'
import type { Audience } from './audience.ts'
import css from './audience-picker.module.css'
import { LimitFields } from './limit-fields.tsx'

interface AudiencePickerProps {
  readonly value: Audience
  readonly onChange: (value: Audience) => void
  /** What everyone means here. */
  readonly everyoneHint?: string
  /** Stands below the choice of who. */
  readonly children?: ReactNode
  /** What is on public networks has no limits. */
  readonly unlimited?: boolean
}

/** Who may have something, for how long, how much and how fast: wherever permission is given. */
export function AudiencePicker({
  value,
  onChange,
  everyoneHint,
  children,
  unlimited = false,
}: AudiencePickerProps): ReactNode {
  const texts = useTexts(audience)
  const set = (change: Partial<Audience>): void => onChange({ ...value, ...change })
  return (
    <div className={css.picker}>
      <RadioCards
        legend={texts.who}
        value={value.who}
        onChange={who => set({ who })}
        options={[
          { value: 'secret', label: texts.link, hint: texts.linkHint, icon: 'link' },
          { value: 'people', label: texts.people, hint: texts.peopleHint, icon: 'people' },
          {
            value: 'everyone',
            label: texts.everyone,
            hint: everyoneHint ?? texts.everyoneHint,
            icon: 'globe',
          },
        ]}
      />
      {value.who === 'people' && <People chosen={value.people} onChange={people => set({ people })} />}
      {children}
      {!unlimited && (
        <details className={css.more}>
          <summary>{texts.limits}</summary>
          <LimitFields value={value.limits} onChange={limits => set({ limits })} />
        </details>
      )}
    </div>
  )
}

interface PeopleProps {
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

function People({ chosen, onChange }: PeopleProps): ReactNode {
  const texts = useTexts(audience)
  const contacts = useValue('contacts.list').data ?? []
  const circles = useValue('circles.list')
  const known = contacts.filter(({ trust }) => trust !== 'blocked')
  if (contacts.length === 0 && circles.data?.length === 0) return <p className={css.soft}>{texts.nobody}</p>
  const without = (subject: string): readonly string[] =>
    chosen.filter(one => one !== subject && !one.startsWith(`${subject}/`))
  const box = (subject: string, label: ReactNode): ReactNode => (
    <Checkbox
      key={subject}
      label={label}
      checked={chosen.includes(subject)}
      onChange={isOn => onChange(isOn ? [...chosen, subject] : without(subject))}
    />
  )
  return (
    <>
      {contacts.length > 0 && (
        <fieldset className={css.boxes}>
          <legend>{texts.contacts}</legend>
          {box('contacts', texts.anyContact)}
          {known.map(({ peer, name }) => box(`peer:${peer}`, <SafeText text={name} />))}
        </fieldset>
      )}
      {(circles.data ?? []).length > 0 && (
        <fieldset className={css.boxes}>
          <legend>{texts.circles}</legend>
          {circles.data?.map(({ id, name }) => (
            <Circle
              key={id}
              name={name}
              subject={`circle:${id}`}
              chosen={chosen.find(one => one.split('/', 1)[0] === `circle:${id}`)}
              onChange={now => onChange([...without(`circle:${id}`), ...(now === undefined ? [] : [now])])}
            />
          ))}
        </fieldset>
      )}
    </>
  )
}

interface CircleProps {
  readonly name: string
  readonly subject: string
  /** With the role behind it; undefined when it is not chosen. */
  readonly chosen: string | undefined
  readonly onChange: (subject: string | undefined) => void
}

function Circle({ name, subject, chosen, onChange }: CircleProps): ReactNode {
  const texts = useTexts(audience)
  return (
    <span className={css.circle}>
      <Checkbox
        label={<SafeText text={name} />}
        checked={chosen !== undefined}
        onChange={isOn => onChange(isOn ? subject : undefined)}
      />
      {chosen !== undefined && (
        <Select
          hideLabel
          label={texts.roleIn(visibleText(name))}
          value={chosen}
          onChange={onChange}
          options={[
            { value: subject, label: texts.role.all },
            { value: `${subject}/member`, label: texts.role.member },
            { value: `${subject}/admin`, label: texts.role.admin },
          ]}
        />
      )}
    </span>
  )
}
