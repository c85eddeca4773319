import { type ReactNode, useSyncExternalStore } from 'react'
import { connection, onConnection } from '../api/connection.ts'
import { reconnectNow } from '../api/events.ts'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import css from './connection-banner.module.css'

/** Says above the page that the daemon is gone; the page below keeps what was typed. */
export function ConnectionBanner(): ReactNode {
  const texts = useTexts(shell).lost
  const isLost = useSyncExternalStore(onConnection, connection) === 'lost'
  return (
    <div role="status" aria-live="polite">
      {isLost && (
        <div className={css.banner}>
          <Icon name="power" />
          <p>
            <strong>{texts.title}</strong> {texts.text}
          </p>
          <Button small onClick={reconnectNow}>
            {texts.again}
          </Button>
        </div>
      )}
    </div>
  )
}
