import type { ReactNode } from 'react'
import css from './badge.module.css'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'plain' | 'accent' | 'good' | 'warn' | 'bad' | 'info'

interface BadgeProps {
  readonly tone?: Tone
  readonly icon?: IconName
  readonly children: ReactNode
}

/** A state in a word or two; the colour alone says nothing. */
export function Badge({ tone = 'plain', icon, children }: BadgeProps): ReactNode {
  return (
    <span className={`${css.badge} ${css[tone]}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  )
}
