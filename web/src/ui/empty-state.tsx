import type { ReactNode } from 'react'
import css from './empty-state.module.css'
import { Icon, type IconName } from './icon.tsx'

interface EmptyStateProps {
  readonly icon: IconName
  readonly title: ReactNode
  /** What would be here, and how it gets here. */
  readonly text?: ReactNode
  /** The button that begins. */
  readonly children?: ReactNode
}

export function EmptyState({ icon, title, text, children }: EmptyStateProps): ReactNode {
  return (
    <div className={css.empty}>
      <span className={css.icon}>
        <Icon name={icon} size={32} />
      </span>
      <h2>{title}</h2>
      {text !== undefined && <p>{text}</p>}
      {children !== undefined && <div className={css.actions}>{children}</div>}
    </div>
  )
}
