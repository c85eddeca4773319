import { type ReactNode, useRef, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useMedia } from '../../api/media.ts'
import { library } from '../../texts/library.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './library.module.css'
import { useSubtitles } from './subtitles.ts'

export type LibraryFile = Answer<'files.library'>['rows'][number]

interface PlayerProps {
  readonly file: LibraryFile
  readonly onClose: () => void
  /** The file before and after it in the list, if there are. */
  readonly onPrevious: (() => void) | undefined
  readonly onNext: (() => void) | undefined
}

/** Shows one file in the page. What is not here yet is fetched as it is read: from where it is watched. */
export function Player({ file, onClose, onPrevious, onNext }: PlayerProps): ReactNode {
  const t = useTexts(library)
  const name = file.file.split('/').at(-1)!
  const buttons = (
    <>
      <Copy text={file.path} label={t.copyPath} />
      <Button icon="left" disabled={onPrevious === undefined} onClick={onPrevious}>
        {t.previous}
      </Button>
      <Button icon="right" disabled={onNext === undefined} onClick={onNext}>
        {t.next}
      </Button>
    </>
  )
  return (
    <Dialog open wide title={<SafeText text={name} />} onClose={onClose} actions={buttons}>
      <Shown key={`${file.infoHash}/${file.index}`} file={file} onEnded={onNext} />
    </Dialog>
  )
}

interface ShownProps {
  readonly file: LibraryFile
  readonly onEnded: (() => void) | undefined
}

function Shown({ file, onEnded }: ShownProps): ReactNode {
  const t = useTexts(library)
  const { data, error, refetch } = useMedia(file.infoHash, file.file)
  const [isRefused, setRefused] = useState(false)
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const failed = (): void => setRefused(true)
  if (isRefused || data.type === null || file.kind === 'document' || file.kind === 'other')
    return (
      <EmptyState icon="file" title={t.cannotTitle} text={t.cannotText}>
        <a className={buttonClass()} href={`${data.url}?save`} download>
          {t.save}
        </a>
      </EmptyState>
    )
  if (file.kind === 'image')
    return <img className={css.picture} src={data.url} alt={visibleText(file.file)} onError={failed} />
  const ended = (): void => onEnded?.()
  return file.kind === 'video' ? (
    <Film file={file} url={data.url} onError={failed} onEnded={ended} />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: music of others brings none
    <audio className={css.sound} src={data.url} controls autoPlay onError={failed} onEnded={ended} />
  )
}

interface FilmProps {
  readonly file: LibraryFile
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
