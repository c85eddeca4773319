import type { ReactNode } from 'react'
import { audience } from '../texts/audience.ts'
import { useTexts } from '../texts/texts.ts'
import { Checkbox, DateField, NumberField, Select, TextField } from '../ui/field.tsx'
import type { Limits } from './audience.ts'
import css from './audience-picker.module.css'

const lives = ['1h', '1d', '7d', '30d'] as const
const dayMs = 86_400_000

interface LimitFieldsProps {
  readonly value: Limits
  readonly onChange: (value: Limits) => void
  /** Of a denial only how long it holds. */
  readonly onlyUntil?: boolean
}

/** For how long, how much and how fast a permission is. */
export function LimitFields({ value, onChange, onlyUntil = false }: LimitFieldsProps): ReactNode {
  const texts = useTexts(audience)
  const set = (change: Limits): void => onChange({ ...value, ...change })
  return (
    <div className={css.fields}>
      <Until value={value.until ?? ''} onChange={until => set({ until })} />
      {!onlyUntil && (
        <>
          <TextField
            label={texts.bytes}
            hint={texts.bytesHint}
            value={value.bytes ?? ''}
            onChange={bytes => set({ bytes })}
          />
          <TextField
            label={texts.bytesADay}
            hint={texts.bytesHint}
            value={value.bytesADay ?? ''}
            onChange={bytesADay => set({ bytesADay })}
          />
          <TextField
            label={texts.rate}
            hint={texts.rateHint}
            value={value.rate ?? ''}
            onChange={rate => set({ rate })}
          />
          <TextField
            label={texts.hours}
            hint={texts.hoursHint}
            value={value.hours ?? ''}
            onChange={hours => set({ hours })}
          />
          <NumberField
            label={texts.uses}
            hint={texts.usesHint}
            min={0}
            value={value.uses}
            onChange={uses => set({ uses })}
          />
          <Checkbox
            label={texts.lanOnly}
            checked={value.lanOnly ?? false}
            onChange={lanOnly => set({ lanOnly })}
          />
        </>
      )}
    </div>
  )
}

interface UntilProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A span from now on, or a moment, which is handed on without the zone of this computer. */
function Until({ value, onChange }: UntilProps): ReactNode {
  const texts = useTexts(audience)
  const isMoment = value.endsWith('Z')
  const moment = (at: number): string => new Date(at).toISOString()
  return (
    <>
      <Select
        label={texts.until}
        value={isMoment ? 'moment' : value}
        onChange={now => onChange(now === 'moment' ? moment(Date.now() + dayMs) : now)}
        options={[
          { value: '', label: texts.forever },
          ...lives.map(life => ({ value: life as string, label: texts.life[life] })),
          { value: 'moment', label: texts.moment },
        ]}
      />
      {isMoment && (
        <DateField
          label={texts.momentLabel}
          value={Date.parse(value)}
          onChange={at => onChange(at === undefined ? '' : moment(at))}
        />
      )}
    </>
  )
}
