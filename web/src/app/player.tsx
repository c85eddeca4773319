import { type ReactNode, useEffect, useRef, useState } from 'react'
import { type Media, useMedia } from '../api/media.ts'
import { library } from '../texts/library.ts'
import { useTexts } from '../texts/texts.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Copy } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Loading } from '../ui/loading.tsx'
import { SafeText } from '../ui/safe-text.tsx'
import { visibleText } from '../ui/visible-text.ts'
import css from './player.module.css'
import { useSubtitles } from './subtitles.ts'

/** One file of a content, of which all or a part is here. */
export interface PlayedFile {
  readonly infoHash: string
  /** Its path in the content. */
  readonly file: string
  readonly isWhole: boolean
  /** Where it is on disk. */
  readonly path?: string
}

interface PlayerProps {
  readonly file: PlayedFile
  readonly onClose: () => void
  /** The file before and after it in a list, if it is shown out of one. */
  readonly onPrevious?: (() => void) | undefined
  readonly onNext?: (() => void) | undefined
  readonly inList?: boolean
}

/** Shows one file in the page. What is not here yet is fetched as it is read: from where it is watched. */
export function Player({ file, onClose, onPrevious, onNext, inList = false }: PlayerProps): ReactNode {
  const t = useTexts(library)
  const name = file.file.split('/').at(-1)!
  const buttons = (
    <>
      {file.path !== undefined && <Copy text={file.path} label={t.copyPath} />}
      {inList && (
        <>
          <Button icon="left" disabled={onPrevious === undefined} onClick={onPrevious}>
            {t.previous}
          </Button>
          <Button icon="right" disabled={onNext === undefined} onClick={onNext}>
            {t.next}
          </Button>
        </>
      )}
    </>
  )
  return (
    <Dialog
      open
      wide
      title={<SafeText text={name} />}
      onClose={onClose}
      {...((inList || file.path !== undefined) && { actions: buttons })}
    >
      <Shown key={`${file.infoHash}/${file.file}`} file={file} onEnded={onNext} />
    </Dialog>
  )
}

interface ShownProps {
  readonly file: PlayedFile
  readonly onEnded: (() => void) | undefined
}

function Shown({ file, onEnded }: ShownProps): ReactNode {
  const { data, error, refetch } = useMedia(file.infoHash, file.file)
  const [isRefused, setRefused] = useState(false)
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const failed = (): void => setRefused(true)
  const again = (): void => setRefused(false)
  if (isRefused || data.type === null)
    return <NotShown media={data} onRetry={file.isWhole || data.type === null ? undefined : again} />
  const ended = (): void => onEnded?.()
  if (data.type.startsWith('video/'))
    return <Film file={file} url={data.url} onError={failed} onEnded={ended} />
  if (data.type.startsWith('image/'))
    return <img className={css.picture} src={data.url} alt={visibleText(file.file)} onError={failed} />
  if (data.type.startsWith('audio/'))
    return (
      // biome-ignore lint/a11y/useMediaCaption: music of others brings none
      <audio className={css.sound} src={data.url} controls autoPlay onError={failed} onEnded={ended} />
    )
  return <Words media={data} onError={failed} />
}

interface NotShownProps {
  readonly media: Media
  /** When not all of it is here, that may be why. */
  readonly onRetry: (() => void) | undefined
}

function NotShown({ media, onRetry }: NotShownProps): ReactNode {
  const t = useTexts(library)
  return (
    <EmptyState
      icon="file"
      title={onRetry ? t.notHereTitle : t.cannotTitle}
      text={onRetry ? t.notHereText : t.cannotText}
    >
      {onRetry && <Button onClick={onRetry}>{t.tryAgain}</Button>}
      <a className={buttonClass()} href={`${media.url}?save`} download>
        {t.save}
      </a>
    </EmptyState>
  )
}

interface FilmProps {
  readonly file: PlayedFile
  readonly url: string
  readonly onError: () => void
  readonly onEnded: () => void
}

function Film({ file, url, onError, onEnded }: FilmProps): ReactNode {
  const video = useRef<HTMLVideoElement>(null)
  useSubtitles(video, file)
  return (
    // biome-ignore lint/a11y/useMediaCaption: those that lie beside it are added
    <video
      ref={video}
      className={css.picture}
      src={url}
      controls
      autoPlay
      playsInline
      onError={onError}
      onEnded={onEnded}
    />
  )
}

/** More of a text nobody reads in a dialog, in bytes. */
const maxText = 200_000

/** Text as text, whatever is written in it. */
function Words({ media, onError }: { readonly media: Media; readonly onError: () => void }): ReactNode {
  const t = useTexts(library)
  const [text, setText] = useState<string>()
  const { url, totalBytes } = media
  // biome-ignore lint/correctness/useExhaustiveDependencies: how a failure is told changes nothing
  useEffect(() => {
    if (totalBytes === 0) return setText('')
    const left = new AbortController()
    const headers = { range: `bytes=0-${Math.min(totalBytes, maxText) - 1}` }
    fetch(url, { headers, signal: left.signal })
      .then(response => response.text())
      .then(setText)
      .catch(() => left.signal.aborted || onError())
    return () => left.abort()
  }, [url, totalBytes])
  if (text === undefined) return <Loading />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <pre className={css.text} tabIndex={0}>
      {linesOf(text)}
      {totalBytes > maxText && `\n\n${t.textCut}`}
    </pre>
  )
}

function linesOf(text: string): string {
  return text
    .split(/\r?\n/)
    .map(line => visibleText(line.replaceAll('\t', '    ')))
    .join('\n')
}
