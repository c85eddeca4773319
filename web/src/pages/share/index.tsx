import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Answer, Input } from '../../api/client.ts'
import { api } from '../../api/client.ts'
import { isAbort } from '../../api/errors.ts'
import { refresh } from '../../api/hooks.ts'
import { type Picked, sizeOf, type Uploaded, upload } from '../../api/upload.ts'
import { givenLimits, subjectsOf } from '../../app/audience.ts'
import { DropZone } from '../../app/drop-zone.tsx'
import { isToGet, takeOver, useHandedOver } from '../../app/dropped.ts'
import { FolderPicker } from '../../app/folder-picker.tsx'
import { PageHeading } from '../../app/page-heading.tsx'
import { useRoute } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Mine } from './mine.tsx'
import { isPublic, Options, type ShareOptions } from './options.tsx'
import css from './share.module.css'
import { SpokenCode } from './spoken-code.tsx'

type What = { readonly path: string } | { readonly picked: Picked }
type Share = Extract<Answer<'files.share'>, { phase: 'shared' }>
type Step =
  | {
      readonly at: 'working'
      readonly label: 'copying' | 'hashing'
      readonly bytes: number
      readonly totalBytes: number
    }
  | { readonly at: 'shared'; readonly share: Share }
  | { readonly at: 'code'; readonly path: string }
  | { readonly at: 'failed'; readonly error: unknown }

/** From a file to a link or a spoken code. */
export function Page(): ReactNode {
  const { share: texts, drop } = useTexts(sharing)
  const { pages } = useTexts(shell)
  const { query } = useRoute()
  const [what, setWhat] = useState<What>()
  const [isChoosing, setChoosing] = useState(query.has('choose'))
  const handed = useHandedOver()
  useEffect(() => {
    if (handed === undefined || isToGet(handed)) return
    setWhat({ picked: handed })
    takeOver()
  }, [handed])
  return (
    <>
      <PageHeading title={pages.share} lead={texts.lead} />
      <div className={css.page}>
        {what === undefined ? (
          <DropZone
            title={drop.here}
            hint={texts.uploadNote}
            choose={drop.files}
            onPick={picked => setWhat({ picked })}
          >
            <Button icon="folder" onClick={() => setChoosing(true)}>
              {drop.machine}
            </Button>
          </DropZone>
        ) : (
          <Sharing key={keyOf(what)} what={what} onEnd={() => setWhat(undefined)} />
        )}
        <Mine />
      </div>
      <FolderPicker
        files
        open={isChoosing}
        onClose={() => setChoosing(false)}
        onPick={path => {
          setChoosing(false)
          setWhat({ path })
        }}
      />
    </>
  )
}

const keys = new WeakMap<Picked, string>()
let nextKey = 0

/** Another choice begins anew. */
function keyOf(what: What): string {
  if ('path' in what) return what.path
  const key = keys.get(what.picked) ?? `picked-${nextKey++}`
  keys.set(what.picked, key)
  return key
}

function Sharing({ what, onEnd }: { readonly what: What; readonly onEnd: () => void }): ReactNode {
  const { share: texts, cancel } = useTexts(sharing)
  const [step, setStep] = useState<Step>()
  const [options, setOptions] = useState<ShareOptions>({
    who: 'secret',
    people: [],
    limits: {},
    networks: ['bittorrent'],
  })
  const stop = useRef<AbortController>(undefined)
  const uploaded = useRef<Uploaded>(undefined)
  useEffect(() => () => stop.current?.abort(new DOMException('left', 'AbortError')), [])

  const run = async (use: 'link' | 'code'): Promise<void> => {
    stop.current = new AbortController()
    const { signal } = stop.current
    try {
      const path = 'path' in what ? what.path : await bring(what.picked, signal)
      if (use === 'code') return setStep({ at: 'code', path })
      for await (const update of api.files.share({ path, ...inputOf(options) }, { signal }))
        setStep(
          update.phase === 'shared'
            ? { at: 'shared', share: update }
            : { at: 'working', label: 'hashing', bytes: update.bytes, totalBytes: update.totalBytes },
        )
      void refresh('files')
    } catch (error) {
      setStep(isAbort(error) ? undefined : { at: 'failed', error })
    }
  }
  const bring = async (picked: Picked, signal: AbortSignal): Promise<string> => {
    const tell = (bytes: number, totalBytes: number): void =>
      setStep({ at: 'working', label: 'copying', bytes, totalBytes })
    tell(0, sizeOf(picked))
    uploaded.current ??= await upload(picked, { signal, onProgress: tell })
    return uploaded.current.path
  }

  return (
    <Card
      title={<WhatTitle what={what} />}
      aside={<Button onClick={onEnd}>{step?.at === 'shared' ? texts.another : cancel}</Button>}
    >
      {step === undefined && (
        <>
          <Options value={options} onChange={setOptions} />
          <div className={css.actions}>
            <Button icon="chat" onClick={() => void run('code')}>
              {texts.sendCode}
            </Button>
            <Button
              look="primary"
              icon="link"
              disabled={subjectsOf(options).length === 0}
              onClick={() => void run('link')}
            >
              {texts.getLink}
            </Button>
          </div>
        </>
      )}
      {step?.at === 'working' && (
        <Working
          step={step}
          onCancel={() => stop.current?.abort(new DOMException('cancelled', 'AbortError'))}
        />
      )}
      {step?.at === 'shared' && <Shared share={step.share} />}
      {step?.at === 'code' && <SpokenCode path={step.path} />}
      {step?.at === 'failed' && <ErrorState error={step.error} onRetry={() => setStep(undefined)} />}
    </Card>
  )
}

function inputOf(options: ShareOptions): Partial<Input<'files.share'>> {
  const { networks, limits, pieceLength, hybrid } = options
  return {
    ...(isPublic(options)
      ? { on: [...networks, 'private'].join(',') }
      : { who: [...subjectsOf(options)], ...givenLimits(limits) }),
    ...(pieceLength !== undefined && { pieceLength }),
    ...(hybrid && { hybrid }),
  }
}

function WhatTitle({ what }: { readonly what: What }): ReactNode {
  const texts = useTexts(sharing)
  const format = useFormat()
  if ('path' in what) return <SafeText text={what.path.replace(/^.*[/\\](?=.)/, '')} />
  const { name, files } = what.picked
  return (
    <>
      <SafeText text={name} />{' '}
      <small className={css.soft}>
        {texts.files(files.length)}, {format.bytes(sizeOf(what.picked))}
      </small>
    </>
  )
}

function Working({
  step,
  onCancel,
}: {
  readonly step: Extract<Step, { at: 'working' }>
  readonly onCancel: () => void
}): ReactNode {
  const { share: texts, cancel } = useTexts(sharing)
  const format = useFormat()
  const { bytes, totalBytes, label } = step
  return (
    <div className={css.working}>
      <p role="status">{texts[label]}</p>
      <ProgressBar value={totalBytes === 0 ? undefined : bytes / totalBytes} label={texts[label]} />
      <p className={css.soft}>
        {format.bytes(bytes)} / {format.bytes(totalBytes)}
      </p>
      <Button onClick={onCancel}>{cancel}</Button>
    </div>
  )
}

function Shared({ share }: { readonly share: Share }): ReactNode {
  const texts = useTexts(sharing).share
  return (
    <div className={css.shared}>
      <div className={css.good} role="status">
        <Icon name="check" size={24} />
        <div>
          <h3>{texts.done}</h3>
          <p className={css.soft}>{texts.doneText}</p>
        </div>
      </div>
      <div className={css.link}>
        <input
          readOnly
          aria-label={texts.address}
          value={share.link}
          onFocus={event => event.target.select()}
        />
        <Copy text={share.link} label={texts.copyLink} />
      </div>
      <figure className={css.qr}>
        <QrCode text={share.link} size={220} label={texts.qr} />
        <figcaption className={css.soft}>{texts.qr}</figcaption>
      </figure>
    </div>
  )
}
