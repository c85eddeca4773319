import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../api/hooks.ts'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { SafeText } from '../ui/safe-text.tsx'
import { useToast } from '../ui/toast.tsx'
import css from './restart.module.css'

interface Restart {
  readonly begin: () => void
  readonly isRestarting: boolean
}

/** Starts the peer again; what is typed on the page stays, and everything is asked again when it is back. */
export function useRestart(): Restart {
  const { data } = useValue('daemon.status')
  const restart = useAction('daemon.restart')
  const toast = useToast()
  const [before, setBefore] = useState<number>()
  return {
    begin: () =>
      restart.mutate(
        {},
        { onSuccess: ({ startedAt }) => setBefore(startedAt), onError: error => toast.fail(error) },
      ),
    isRestarting: restart.isPending || (before !== undefined && (data?.startedAt ?? 0) <= before),
  }
}

/** Says how many changes wait for a restart, and why the last one did not take them over. */
export function RestartNotice(): ReactNode {
  const texts = useTexts(shell).restart
  const { data: entries = [] } = useValue('config.list')
  const { data: status } = useValue('daemon.status')
  const { begin, isRestarting } = useRestart()
  const count = entries.filter(({ isPending }) => isPending).length
  return (
    <div role="status">
      {status?.fallback !== undefined && (
        <div className={css.notice} data-tone="bad">
          <Icon name="error" />
          <p>
            <strong>{texts.fallback}</strong> <SafeText text={status.fallback} />
          </p>
        </div>
      )}
      {(count > 0 || isRestarting) && (
        <div className={css.notice}>
          <Icon name="refresh" />
          <p>{isRestarting ? texts.running : texts.pending(count)}</p>
          <Button small look="primary" busy={isRestarting} onClick={begin}>
            {texts.now}
          </Button>
        </div>
      )}
    </div>
  )
}
