import { type ReactNode, useEffect } from 'react'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import css from './page-heading.module.css'

interface PageHeadingProps {
  readonly title: string
  /** One sentence below it. */
  readonly lead?: ReactNode
  /** Buttons at its end. */
  readonly children?: ReactNode
}

/** The heading that every page begins with; also the title of the tab. */
export function PageHeading({ title, lead, children }: PageHeadingProps): ReactNode {
  const texts = useTexts(shell)
  useEffect(() => {
    document.title = texts.title(title)
  }, [texts, title])
  return (
    <header className={css.heading}>
      <div className={css.words}>
        <h1>{title}</h1>
        {lead !== undefined && <p className={css.lead}>{lead}</p>}
      </div>
      {children !== undefined && <div className={css.actions}>{children}</div>}
    </header>
  )
}
