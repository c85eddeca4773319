import { Switch as RadixSwitch } from 'radix-ui'
import { type ComponentProps, type ReactNode, useId } from 'react'
import css from './field.module.css'
import { Icon } from './icon.tsx'

interface FieldProps {
  readonly label: ReactNode
  /** A sentence that helps to fill it in. */
  readonly hint?: ReactNode
  /** What is wrong with what is in it. */
  readonly problem?: ReactNode
  /** Only for those who cannot see what it belongs to. */
  readonly hideLabel?: boolean
}

type Control = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }

/** Label, control, hint and problem, tied together. */
function Field({
  label,
  hint,
  problem,
  hideLabel,
  render,
}: FieldProps & { render: (control: Control) => ReactNode }): ReactNode {
  const id = useId()
  const told = [
    hint !== undefined && `${id}-hint`,
    problem !== undefined && problem !== null && `${id}-problem`,
  ].filter(Boolean)
  const isWrong = problem !== undefined && problem !== null && problem !== ''
  return (
    <div className={css.field}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : css.label}>
        {label}
      </label>
      {render({ id, 'aria-describedby': told.join(' ') || undefined, 'aria-invalid': isWrong || undefined })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className={css.hint}>
          {hint}
        </p>
      )}
      {isWrong && (
        <p id={`${id}-problem`} className={css.problem} role="alert">
          <Icon name="error" size={16} /> <span>{problem}</span>
        </p>
      )}
    </div>
  )
}

type Own<Tag extends 'input' | 'select' | 'textarea'> = Omit<ComponentProps<Tag>, 'id' | 'onChange' | 'value'>

interface TextFieldProps extends FieldProps, Own<'input'> {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function TextField({
  label,
  hint,
  problem,
  hideLabel,
  value,
  onChange,
  ...rest
}: TextFieldProps): ReactNode {
  return (
    <Field
      {...{ label, hint, problem, hideLabel }}
      render={control => (
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...control}
          className={css.input}
          value={value}
          onChange={event => onChange(event.target.value)}
        />
      )}
    />
  )
}

interface TextAreaProps extends FieldProps, Own<'textarea'> {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function TextArea({
  label,
  hint,
  problem,
  hideLabel,
  value,
  onChange,
  ...rest
}: TextAreaProps): ReactNode {
  return (
    <Field
      {...{ label, hint, problem, hideLabel }}
      render={control => (
        <textarea
          spellCheck={false}
          rows={3}
          {...rest}
          {...control}
          className={css.input}
          value={value}
          onChange={event => onChange(event.target.value)}
        />
      )}
    />
  )
}

interface NumberFieldProps extends FieldProps, Own<'input'> {
  /** `undefined` when it is empty or no number. */
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
  /** Stands behind it: `MB/s`. */
  readonly unit?: ReactNode
}

export function NumberField({
  label,
  hint,
  problem,
  hideLabel,
  value,
  onChange,
  unit,
  ...rest
}: NumberFieldProps): ReactNode {
  return (
    <Field
      {...{ label, hint, problem, hideLabel }}
      render={control => (
        <span className={css.withUnit}>
          <input
            type="number"
            inputMode="decimal"
            {...rest}
            {...control}
            className={css.input}
            value={value ?? ''}
            onChange={event =>
              onChange(Number.isNaN(event.target.valueAsNumber) ? undefined : event.target.valueAsNumber)
            }
          />
          {unit !== undefined && <span className={css.unit}>{unit}</span>}
        </span>
      )}
    />
  )
}

interface DateFieldProps extends FieldProps, Own<'input'> {
  /** Milliseconds since 1970; `undefined` when it is empty. */
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
}

/** A moment: date and time of this computer's zone. */
export function DateField({
  label,
  hint,
  problem,
  hideLabel,
  value,
  onChange,
  ...rest
}: DateFieldProps): ReactNode {
  return (
    <Field
      {...{ label, hint, problem, hideLabel }}
      render={control => (
        <input
          type="datetime-local"
          {...rest}
          {...control}
          className={css.input}
          value={value === undefined ? '' : localMinute(value)}
          onChange={event =>
            onChange(event.target.value === '' ? undefined : new Date(event.target.value).getTime())
          }
        />
      )}
    />
  )
}

/** `2026-11-27T09:30`, as the browser wants it. */
function localMinute(at: number): string {
  const date = new Date(at)
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

interface SelectProps<Value extends string> extends FieldProps, Own<'select'> {
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly { readonly value: Value; readonly label: string }[]
}

export function Select<Value extends string>({
  label,
  hint,
  problem,
  hideLabel,
  value,
  onChange,
  options,
  ...rest
}: SelectProps<Value>): ReactNode {
  return (
    <Field
      {...{ label, hint, problem, hideLabel }}
      render={control => (
        <span className={css.select}>
          <select
            {...rest}
            {...control}
            className={css.input}
            value={value}
            onChange={event => onChange(event.target.value as Value)}
          >
            {options.map(one => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </select>
          <Icon name="chevron-down" size={16} />
        </span>
      )}
    />
  )
}

interface CheckboxProps extends Omit<ComponentProps<'input'>, 'id' | 'onChange' | 'value'> {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly hideLabel?: boolean
  readonly checked: boolean
  /** Some of what it stands for, but not all. */
  readonly partly?: boolean
  readonly onChange: (checked: boolean) => void
}

export function Checkbox({
  label,
  hint,
  hideLabel,
  checked,
  partly = false,
  onChange,
  ...rest
}: CheckboxProps): ReactNode {
  const id = useId()
  return (
    <span className={css.choice}>
      <input
        type="checkbox"
        {...rest}
        id={id}
        ref={input => {
          if (input) input.indeterminate = partly && !checked
        }}
        className={css.box}
        checked={checked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={event => onChange(event.target.checked)}
      />
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : undefined}>
        {label}
        {hint !== undefined && (
          <span id={`${id}-hint`} className={css.hint}>
            {hint}
          </span>
        )}
      </label>
    </span>
  )
}

interface SwitchProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

/** Something that is on or off at once, without a button to save it. */
export function Switch({ label, hint, checked, disabled = false, onChange }: SwitchProps): ReactNode {
  const id = useId()
  return (
    <span className={css.switchRow}>
      <label htmlFor={id}>
        {label}
        {hint !== undefined && (
          <span id={`${id}-hint`} className={css.hint}>
            {hint}
          </span>
        )}
      </label>
      <RadixSwitch.Root
        id={id}
        className={css.switch}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      >
        <RadixSwitch.Thumb className={css.thumb} />
      </RadixSwitch.Root>
    </span>
  )
}
