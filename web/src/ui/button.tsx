import type { ComponentProps, ReactNode } from 'react'
import css from './button.module.css'
import { Icon, type IconName } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger'

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook
  readonly icon?: IconName
  readonly small?: boolean
  /** Shows that it works on it, and takes no further click. */
  readonly busy?: boolean
}

export function Button({
  look = 'plain',
  icon,
  small,
  busy,
  children,
  className,
  ...rest
}: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className={[css.button, css[look], small && css.small, className].filter(Boolean).join(' ')}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
    >
      {busy ? <span className={css.spinner} /> : icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children}
    </button>
  )
}

/** The classes of a button, for a link that looks like one. */
export function buttonClass(look: ButtonLook = 'plain', small = false): string {
  return [css.button, css[look], small && css.small].filter(Boolean).join(' ')
}

interface IconButtonProps extends ComponentProps<'button'> {
  readonly icon: IconName
  /** What it does; shown as a tooltip and read aloud. */
  readonly label: string
  readonly look?: ButtonLook
  readonly small?: boolean
}

export function IconButton({
  icon,
  label,
  look = 'quiet',
  small,
  className,
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={[css.button, css.iconOnly, css[look], small && css.small, className]
          .filter(Boolean)
          .join(' ')}
      >
        <Icon name={icon} size={small ? 16 : 20} />
      </button>
    </Tooltip>
  )
}
