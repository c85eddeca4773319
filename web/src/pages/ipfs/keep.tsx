import { type ReactNode, useState } from 'react'
import type { Input } from '../../api/client.ts'
import { refresh, useStream } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { ui } from '../../texts/ui.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import css from './ipfs.module.css'
import { linkOf, placeOf } from './place.ts'

type Wanted = Input<'pins.pin'>

interface KeepProps {
  /** What is kept; asked for when it is left out. */
  readonly what?: string
  /** Begins at once, as when the rest of something is fetched. */
  readonly begun?: Wanted
  readonly onClose: () => void
}

/** Keeps something, with all below it; what is not here is fetched. Closed before that, it ends. */
export function Keep({ what, begun, onClose }: KeepProps): ReactNode {
  const texts = useTexts(ipfs)
  const { close } = useTexts(ui)
  const [text, setText] = useState(what ?? '')
  const [name, setName] = useState('')
  const [wanted, setWanted] = useState<Wanted | undefined>(begun)
  const [isDone, setDone] = useState(false)
  const begin = (): void => {
    const place = placeOf(text)
    // A name is refused by the daemon, in words.
    setWanted({ cid: linkOf(place), ...(name.trim() !== '' && { name: name.trim() }) })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.kept.keep}
      actions={
        isDone ? (
          <Button onClick={onClose}>{close}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.cancel}</Button>
            {wanted === undefined && (
              <Button look="primary" disabled={text.trim() === ''} onClick={begin}>
                {texts.kept.action}
              </Button>
            )}
          </>
        )
      }
    >
      {wanted === undefined ? (
        <form
          className={css.stack}
          onSubmit={event => {
            event.preventDefault()
            if (text.trim() !== '') begin()
          }}
        >
          <TextField label={texts.kept.what} maxLength={8192} value={text} onChange={setText} />
          <TextField
            label={texts.kept.name}
            hint={texts.kept.nameHint}
            maxLength={256}
            value={name}
            onChange={setName}
          />
          {/* So that Enter in a field begins. */}
          <button type="submit" hidden />
        </form>
      ) : (
        <Keeping wanted={wanted} onDone={() => setDone(true)} onBack={() => setWanted(undefined)} />
      )}
    </Dialog>
  )
}

interface KeepingProps {
  readonly wanted: Wanted
  readonly onDone: () => void
  readonly onBack: () => void
}

function Keeping({ wanted, onDone, onBack }: KeepingProps): ReactNode {
  const texts = useTexts(ipfs).kept
  const format = useFormat()
  const { value, error } = useStream(
    'pins.pin',
    wanted,
    update => {
      if (update.phase !== 'pinned') return
      void refresh('pins')
      onDone()
    },
    { once: true },
  )
  if (error !== undefined) return <ErrorState error={error} onRetry={onBack} />
  if (value?.phase === 'pinned')
    return (
      <p role="status">
        {texts.done} {format.bytes(value.bytes)}
      </p>
    )
  return (
    <div className={css.stack}>
      <p role="status">{texts.looking}</p>
      <ProgressBar value={undefined} label={texts.looking} />
      {value?.phase === 'fetching' && <p className={css.soft}>{texts.soFar(format.bytes(value.bytes))}</p>}
      {value?.phase === 'looking' && (
        <p className={css.soft}>
          {texts.asked(format.number(value.asked), format.number(Math.round(value.quietMs / 1000)))}
        </p>
      )}
    </div>
  )
}
