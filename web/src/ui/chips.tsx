import { type ReactNode, useId } from 'react'
import css from './chips.module.css'
import { Icon, type IconName } from './icon.tsx'

interface ChipsProps<Value extends string> {
  /** What is chosen by them, for those who do not see it. */
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly {
    readonly value: Value
    readonly label: string
    readonly icon?: IconName
    /** How many there are, as text. */
    readonly count?: string
  }[]
}

/** One of some choices that filter what is below: all can be seen, with how many each would leave. */
export function Chips<Value extends string>({
  label,
  value,
  onChange,
  options,
}: ChipsProps<Value>): ReactNode {
  const name = useId()
  return (
    <div role="radiogroup" aria-label={label} className={css.chips}>
      {options.map(one => (
        <label key={one.value} className={css.chip}>
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={one.value === value}
            onChange={() => onChange(one.value)}
          />
          {one.icon && <Icon name={one.icon} size={16} />}
          <span>{one.label}</span>
          {one.count !== undefined && <span className={css.count}>{one.count}</span>}
        </label>
      ))}
    </div>
  )
}
