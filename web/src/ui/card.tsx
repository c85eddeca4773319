import type { ReactNode } from 'react'
import css from './card.module.css'

interface CardProps {
  readonly title?: ReactNode
  /** Buttons or a badge at the end of its title. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** One thing of a page on a surface of its own. */
export function Card({ title, aside, children }: CardProps): ReactNode {
  return (
    <section className={css.card}>
      {(title !== undefined || aside !== undefined) && (
        <header className={css.header}>
          {title !== undefined && <h2>{title}</h2>}
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}
