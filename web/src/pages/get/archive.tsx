import { type ReactNode, useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { isAbort } from '../../api/errors.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import type { CarPreview } from './arrival.tsx'
import css from './get.module.css'
import { Note } from './note.tsx'

interface ArchiveProps {
  readonly name: string
  /** On the machine of the peer. */
  readonly path: string
  readonly archive: CarPreview
  /** Its blocks were read in: the link of the chosen root. */
  readonly onRead: (link: string) => void
  readonly onEnd: () => void
}

/** What is in a `.car`, of which nothing is kept before the person says so. */
export function Archive({ name, path, archive, onRead, onEnd }: ArchiveProps): ReactNode {
  const texts = useTexts(sharing)
  const format = useFormat()
  const [progress, setProgress] = useState<number>()
  const [error, setError] = useState<unknown>()
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(new DOMException('left', 'AbortError')), [])
  const read = async (root: string): Promise<void> => {
    setProgress(0)
    setError(undefined)
    stop.current = new AbortController()
    try {
      const { signal } = stop.current
      for await (const update of api.car.import({ file: path, pin: false }, { signal }))
        if (update.phase !== 'imported') setProgress(update.bytes / Math.max(1, archive.archiveBytes))
      onRead(`ipfs://${root}`)
    } catch (failure) {
      setProgress(undefined)
      if (!isAbort(failure)) setError(failure)
    }
  }
  const { roots, missing } = archive
  return (
    <Card title={<SafeText text={name} />} aside={<Button onClick={onEnd}>{texts.cancel}</Button>}>
      <p className={css.soft}>{texts.get.archive(format.bytes(archive.archiveBytes))}</p>
      {missing > 0 && <Note tone="warn" text={texts.get.archiveMissing(missing)} />}
      {roots.length === 0 && <Note tone="bad" text={texts.get.archiveEmpty} />}
      {roots.map(root => (
        <Root key={root.cid} root={root} isBusy={progress !== undefined} onYes={() => void read(root.cid)} />
      ))}
      {progress !== undefined && <ProgressBar value={progress} label={texts.get.reading} />}
      {error !== undefined && <ErrorState error={error} />}
    </Card>
  )
}

interface RootProps {
  readonly root: CarPreview['roots'][number]
  readonly isBusy: boolean
  readonly onYes: () => void
}

/** One of the things that an archive has. */
function Root({ root: { cid, kind, files, fileCount, totalBytes }, isBusy, onYes }: RootProps): ReactNode {
  const texts = useTexts(sharing)
  const format = useFormat()
  const isFile = kind === 'file' || kind === 'directory'
  return (
    <section aria-label={cid} className={css.files}>
      <p className={css.soft}>
        {isFile ? `${format.bytes(totalBytes)}, ${texts.files(fileCount)}` : texts.get.archiveOther}
        {' · '}
        <SafeText text={cid} cut />
      </p>
      <ul>
        {files.map(({ path, size, isIn, warnings }) => (
          <li key={path} className={css.file}>
            <SafeText text={path === '' ? cid : path} />
            <span className={css.soft}>{format.bytes(size)}</span>
            {!isIn && <span className={css.warn}>{texts.get.notInArchive}</span>}
            {warnings.map(one => (
              <span key={one} className={one === 'disguised' ? css.bad : css.warn}>
                {texts.get.warnings[one]}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {files.length < fileCount && (
        <p className={css.soft}>{texts.get.moreFiles(fileCount - files.length)}</p>
      )}
      <div className={css.end}>
        <Button look="primary" icon="get" busy={isBusy} disabled={!isFile} onClick={onYes}>
          {texts.get.goOn}
        </Button>
      </div>
    </section>
  )
}
