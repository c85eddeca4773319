import { type ReactNode, useEffect, useState } from 'react'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import css from './loading.module.css'

/** Something comes. Shown only when it takes a moment, so that quick answers do not flicker. */
export function Loading({ text }: { readonly text?: ReactNode }): ReactNode {
  const texts = useTexts(ui)
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 250)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={css.loading} role="status">
      {isLate && (
        <>
          <span className={css.spinner} />
          <span>{text ?? texts.loading}</span>
        </>
      )}
    </div>
  )
}
