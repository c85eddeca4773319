import { type ReactNode, useState } from 'react'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { NumberField, Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import css from './network.module.css'

const usual = [50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 50_000_000]

interface RateFieldProps {
  readonly label: string
  /** Bytes per second; 0: no limit. */
  readonly value: number
  readonly mayBeNone?: boolean
  readonly disabled?: boolean
  readonly onChange: (value: number) => void
}

/** A limit that is chosen among usual ones, or typed. */
export function RateField({ label, value, mayBeNone = true, disabled, onChange }: RateFieldProps): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const [typed, setTyped] = useState<number>()
  const [isOther, setOther] = useState(false)
  const rates = [...new Set([...(mayBeNone ? [0] : []), ...usual, value])].sort((a, b) => a - b)
  return (
    <div className={css.rate}>
      <Select
        label={label}
        value={isOther ? 'other' : String(value)}
        disabled={disabled}
        options={[
          ...rates.map(rate => ({
            value: String(rate),
            label: rate === 0 ? texts.noLimit : format.rate(rate),
          })),
          { value: 'other', label: texts.otherRate },
        ]}
        onChange={chosen => {
          setOther(chosen === 'other')
          if (chosen !== 'other') onChange(Number(chosen))
        }}
      />
      {isOther && (
        <form
          className={css.typed}
          onSubmit={event => {
            event.preventDefault()
            if (typed === undefined) return
            onChange(Math.round(typed * 1000))
            setOther(false)
          }}
        >
          <NumberField
            label={label}
            hideLabel
            unit="kB/s"
            min={mayBeNone ? 0 : 0.001}
            max={1_000_000_000}
            step="any"
            required
            value={typed}
            onChange={setTyped}
          />
          <Button type="submit">{texts.apply}</Button>
        </form>
      )}
    </div>
  )
}
