import { type ReactNode, useSyncExternalStore } from 'react'
import { connection, onConnection } from '../api/connection.ts'
import { asApiError } from '../api/errors.ts'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Button } from './button.tsx'
import css from './empty-state.module.css'
import { Icon } from './icon.tsx'
import { SafeText } from './safe-text.tsx'

interface ErrorStateProps {
  readonly error: unknown
  readonly onRetry?: () => void
}

/** What went wrong and what a person can do about it. */
export function ErrorState({ error, onRetry }: ErrorStateProps): ReactNode {
  const texts = useTexts(ui)
  const told = asApiError(error)
  const { code, details } = told
  const isDenied = code === 'content.denied'
  const message = isDenied ? texts.denied(String(details.line), String(details.list)) : told.message
  const remedy = isDenied ? texts.deniedRemedy : told.remedy
  const isGone = code === 'daemon.unreachable'
  const isBack = useSyncExternalStore(onConnection, connection) === 'connected' && isGone
  // What was tried in a form is tried again by its own button.
  if (isBack && onRetry === undefined) return null
  return (
    <div className={`${css.empty} ${css.bad}`} role="alert">
      <span className={css.icon}>
        <Icon name={isGone ? 'power' : 'error'} size={32} />
      </span>
      <h2>{texts.wrong}</h2>
      <p>{isBack ? texts.back : isGone ? texts.unreachable : <SafeText text={message} />}</p>
      {remedy !== '' && <p>{remedy}</p>}
      <p className={css.code}>
        <code>{code}</code>
      </p>
      {onRetry !== undefined && (
        <div className={css.actions}>
          <Button icon="refresh" onClick={onRetry}>
            {texts.retry}
          </Button>
        </div>
      )}
    </div>
  )
}
