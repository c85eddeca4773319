import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { isAbort } from '../../api/errors.ts'
import { type Picked, sizeOf, type Uploaded, upload } from '../../api/upload.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './get.module.css'

/** What is in an archive, read through once. */
export type CarPreview = Extract<Answer<'car.preview'>, { phase: 'ready' }>

/** What came from the browser: a `.torrent` to be looked at by its path, or an archive with what is in it. */
export type Opened = Uploaded & { readonly archive?: CarPreview }

interface ArrivalProps {
  readonly picked: Picked
  readonly onReady: (opened: Opened) => void
  readonly onEnd: () => void
}

/** A `.torrent` or `.car` of the browser on its way to the peer, where it is looked at and nothing of it is kept. */
export function Arrival({ picked, onReady, onEnd }: ArrivalProps): ReactNode {
  const texts = useTexts(sharing)
  const [progress, setProgress] = useState<number>()
  const [error, setError] = useState<unknown>()
  const ready = useEffectEvent(onReady)
  useEffect(() => {
    const stop = new AbortController()
    void bring(picked, stop.signal, setProgress).then(ready, failure => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => stop.abort(new DOMException('left', 'AbortError'))
  }, [picked])
  return (
    <Card title={<SafeText text={picked.name} />} aside={<Button onClick={onEnd}>{texts.cancel}</Button>}>
      {error !== undefined ? (
        <ErrorState error={error} onRetry={onEnd} />
      ) : (
        <div className={css.phase}>
          <p role="status">{texts.get.reading}</p>
          <ProgressBar value={progress} label={texts.get.reading} />
        </div>
      )}
    </Card>
  )
}

async function bring(picked: Picked, signal: AbortSignal, tell: (share: number) => void): Promise<Opened> {
  const whole = Math.max(1, sizeOf(picked))
  const onProgress = (bytes: number): void => tell(bytes / whole)
  const uploaded = await upload(picked, { purpose: 'open', signal, onProgress })
  if (!/\.car$/i.test(picked.name)) return uploaded
  try {
    for await (const update of api.car.preview({ file: uploaded.path }, { signal }))
      if (update.phase === 'ready') return { ...uploaded, archive: update }
      else tell(update.bytes / whole)
    throw new Error('The archive was not read to its end.')
  } catch (error) {
    await uploaded.discard().catch(() => undefined)
    throw error
  }
}
