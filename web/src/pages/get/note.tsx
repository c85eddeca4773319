import type { ReactNode } from 'react'
import { Icon } from '../../ui/icon.tsx'
import css from './get.module.css'

/** Something to know before it is got. */
export function Note({
  tone,
  text,
}: {
  readonly tone: 'bad' | 'warn' | 'plain'
  readonly text: string
}): ReactNode {
  return (
    <p className={`${css.note} ${css[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name={tone === 'plain' ? 'info' : 'warning'} />
      <span>{text}</span>
    </p>
  )
}
