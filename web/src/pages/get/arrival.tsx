import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import { api } from '../../api/client.ts'
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

interface ArrivalProps {
  readonly picked: Picked
  readonly onReady: (opened: Uploaded & { readonly link: string }) => void
  readonly onEnd: () => void
}

/** A `.torrent` or `.car` of the browser on its way to the peer; the blocks of an archive are read into the cache first. */
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

async function bring(
  picked: Picked,
  signal: AbortSignal,
  tell: (share: number) => void,
): Promise<Uploaded & { readonly link: string }> {
  const whole = Math.max(1, sizeOf(picked))
  const onProgress = (bytes: number): void => tell(bytes / whole)
  const uploaded = await upload(picked, { purpose: 'open', signal, onProgress })
  if (!/\.car$/i.test(picked.name)) return { ...uploaded, link: uploaded.path }
  let root = ''
  for await (const update of api.car.import({ file: uploaded.path, pin: false }, { signal }))
    if (update.phase === 'imported') root = update.roots[0] ?? ''
    else tell(update.bytes / whole)
  return { ...uploaded, link: `ipfs://${root}` }
}
