import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useStream } from '../../api/hooks.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import css from './share.module.css'

type Update = Answer<'invites.send'>

/** Shows a code to be spoken, and what becomes of it. One that was told is never replaced by another without a word. */
export function SpokenCode({ path }: { readonly path: string }): ReactNode {
  const [round, setRound] = useState(0)
  return <OneCode key={round} path={path} onAnother={() => setRound(round + 1)} />
}

function OneCode({ path, onAnother }: { readonly path: string; readonly onAnother: () => void }): ReactNode {
  const texts = useTexts(sharing).share
  const [code, setCode] = useState<string>()
  const { value, error } = useStream(
    'invites.send',
    { paths: [path] },
    update => {
      if (update.phase === 'waiting') setCode(update.code)
    },
    { once: true },
  )
  if (error !== undefined)
    return code === undefined ? (
      <ErrorState error={error} onRetry={onAnother} />
    ) : (
      <div className={css.code}>
        <p role="status">{texts.codeVoid}</p>
        <Button onClick={onAnother}>{texts.anotherCode}</Button>
      </div>
    )
  return (
    <div className={css.code}>
      {code !== undefined && (
        <>
          <p>{texts.code}</p>
          <p className={css.words}>
            <output>{code}</output>
            <Copy small text={code} />
          </p>
          <p className={css.soft}>{texts.codeHint}</p>
        </>
      )}
      {value === undefined ? <Loading /> : <Phase update={value} />}
    </div>
  )
}

function Phase({ update }: { readonly update: Update }): ReactNode {
  const texts = useTexts(sharing).share.phases
  const isMoving = update.phase === 'hashing' || update.phase === 'sending'
  return (
    <div className={css.phase}>
      <p role="status">{texts[update.phase]}</p>
      {isMoving && (
        <ProgressBar value={update.bytes / Math.max(1, update.totalBytes)} label={texts[update.phase]} />
      )}
    </div>
  )
}
