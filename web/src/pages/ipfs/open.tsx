import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Icon } from '../../ui/icon.tsx'
import { type Place, urlBelow } from './place.ts'

interface OpenProps {
  readonly place: Place
  /** What it is now, once that is known: a name leads to it. */
  readonly cid: string | undefined
}

/** Shows it in a tab of its own, at the gateway; while that is off, the offer to switch it on. */
export function Open({ place, cid }: OpenProps): ReactNode {
  const texts = useTexts(ipfs).look
  const [isAsked, setAsked] = useState(false)
  const { data: gateway } = useValue('gateway.status')
  const start = useAction('gateway.start')
  // The root and the way down, so that a page finds what stands beside it.
  const what = place.kind === 'ipfs' ? place.root : cid
  const isRunning = gateway?.url !== undefined
  const { data } = useValue('gateway.url', { what: what ?? '' }, { enabled: isRunning && what !== undefined })
  if (gateway === undefined || what === undefined) return null
  if (isRunning)
    return (
      data !== undefined && (
        <a
          className={buttonClass()}
          href={place.kind === 'ipfs' ? urlBelow(data.url, place.path) : data.url}
          target="_blank"
          rel="noreferrer"
        >
          <Icon name="open" size={18} />
          {texts.open}
        </a>
      )
    )
  return (
    <>
      <Button icon="open" onClick={() => setAsked(true)}>
        {texts.open}
      </Button>
      <ConfirmDialog
        open={isAsked}
        title={texts.openOff}
        action={texts.switchOn}
        busy={start.isPending}
        onConfirm={() => start.mutate({}, { onSuccess: () => setAsked(false) })}
        onClose={() => setAsked(false)}
      >
        <p>{texts.openOffText}</p>
        {start.error !== null && <ErrorState error={start.error} />}
      </ConfirmDialog>
    </>
  )
}
