import { type ReactNode, useId } from 'react'
import { Icon, type IconName } from './icon.tsx'
import css from './radio-cards.module.css'

interface RadioCardsProps<Value extends string> {
  readonly legend: ReactNode
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly {
    readonly value: Value
    readonly label: ReactNode
    /** What it means, in a sentence. */
    readonly hint: ReactNode
    readonly icon: IconName
  }[]
}

/** One of a few choices that each need a sentence. */
export function RadioCards<Value extends string>({
  legend,
  value,
  onChange,
  options,
}: RadioCardsProps<Value>): ReactNode {
  const id = useId()
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>{legend}</legend>
      {options.map(one => (
        <label key={one.value} className={css.option}>
          <input
            type="radio"
            name={id}
            value={one.value}
            checked={one.value === value}
            aria-describedby={`${id}-${one.value}`}
            onChange={() => onChange(one.value)}
          />
          <Icon name={one.icon} size={24} />
          <span className={css.words}>
            <span className={css.label}>{one.label}</span>
            <span className={css.hint} id={`${id}-${one.value}`}>
              {one.hint}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
