import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './ipfs.module.css'

/** How much room is taken by what passed through here. */
export function Cache(): ReactNode {
  const texts = useTexts(ipfs).cache
  const format = useFormat()
  const toast = useToast()
  const { data, error, refetch } = useValue('pins.cache', {}, { everyMs: 10_000 })
  const clear = useAction('pins.clear')
  const [isAsked, setAsked] = useState(false)
  if (data === undefined)
    return error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />
  const { bytes, heldBytes, limitBytes } = data
  const clearNow = (): void =>
    clear.mutate(
      {},
      {
        onSuccess: ({ freedBytes }) => {
          setAsked(false)
          toast.show({ text: texts.cleared(format.bytes(freedBytes)), look: 'good' })
        },
      },
    )
  return (
    <Card title={texts.title}>
      <p className={css.soft}>{texts.text}</p>
      <p>{texts.used(format.bytes(bytes), format.bytes(limitBytes))}</p>
      <ProgressBar value={limitBytes === 0 ? 0 : bytes / limitBytes} label={texts.title} />
      {heldBytes > 0 && <p className={css.soft}>{texts.held(format.bytes(heldBytes))}</p>}
      <div className={css.actions}>
        <Button icon="remove" disabled={bytes === 0} onClick={() => setAsked(true)}>
          {texts.clear}
        </Button>
        <Link className={buttonClass('quiet')} to="/settings?search=store.cacheBytes">
          {texts.limit}
        </Link>
      </div>
      <ConfirmDialog
        open={isAsked}
        title={texts.clearTitle}
        action={texts.clear}
        danger
        busy={clear.isPending}
        onConfirm={clearNow}
        onClose={() => setAsked(false)}
      >
        <p>{texts.clearText}</p>
        {clear.error !== null && <ErrorState error={clear.error} />}
      </ConfirmDialog>
    </Card>
  )
}
