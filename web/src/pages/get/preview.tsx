import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { api } from '../../api/client.ts'
import { refresh, useStream } from '../../api/hooks.ts'
import { FolderPicker } from '../../app/folder-picker.tsx'
import { Link, navigate } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import css from './get.module.css'
import { Note } from './note.tsx'

type Preview = Extract<Answer<'files.preview'>, { phase: 'ready' }>
type PreviewFile = Preview['files'][number]

interface PreviewOfProps {
  readonly link: string
  readonly onEnd: () => void
}

/** What a link is, where it would go, and what to beware of; then the choice. */
export function PreviewOf({ link, onEnd }: PreviewOfProps): ReactNode {
  const texts = useTexts(sharing)
  const [into, setInto] = useState<string>()
  const [ready, setReady] = useState<Preview>()
  const input = { link, ...(into !== undefined && { into }) }
  const { value, error } = useStream('files.preview', input, update => {
    if (update.phase === 'ready') setReady(update)
  })
  const cancel = <Button onClick={onEnd}>{texts.cancel}</Button>
  // What was chosen stays while the daemon is gone and when it is asked once more.
  if (ready !== undefined && (error === undefined || error.code === 'daemon.unreachable'))
    return <Ready preview={ready} onInto={setInto} onEnd={onEnd} />
  if (error !== undefined)
    return (
      <Card aside={cancel}>
        <ErrorState error={error} onRetry={onEnd} />
      </Card>
    )
  return (
    <Card title={<SafeText text={value?.name || link.slice(0, 80)} />} aside={cancel}>
      <div className={css.phase}>
        <p role="status">{texts.get.finding}</p>
        <ProgressBar value={undefined} label={texts.get.finding} />
        {value?.phase === 'finding' && <p className={css.soft}>{texts.get.asked(value.peers)}</p>}
      </div>
    </Card>
  )
}

interface ReadyProps {
  readonly preview: Preview
  readonly onInto: (path: string) => void
  readonly onEnd: () => void
}

function Ready({ preview, onInto, onEnd }: ReadyProps): ReactNode {
  const texts = useTexts(sharing)
  const format = useFormat()
  const [skipped, setSkipped] = useState<ReadonlySet<number>>(new Set())
  const [overwrite, setOverwrite] = useState(false)
  const [isChoosing, setChoosing] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const { name, totalBytes, fileCount, files, freeBytes, path, known, from } = preview
  const left = [...skipped].reduce((sum, index) => sum + (files[index]?.size ?? 0), 0)
  const wanted = totalBytes - left
  const isFull = wanted > freeBytes
  const start = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    const chosen =
      skipped.size === 0
        ? {}
        : { choose: files.filter(({ index }) => !skipped.has(index)).map(one => one.path) }
    try {
      const input = {
        link: preview.link,
        into: preview.into,
        background: true,
        ...chosen,
        ...(overwrite && { overwrite }),
      }
      for await (const { infoHash } of api.files.get(input)) {
        await refresh('files')
        return navigate(`/transfers/${encodeURIComponent(infoHash)}`)
      }
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card title={<SafeText text={name} />} aside={<Button onClick={onEnd}>{texts.cancel}</Button>}>
      <p className={css.soft}>
        {format.bytes(totalBytes)}, {texts.files(fileCount)}
        {from !== undefined && (
          <>
            {' · '}
            <SafeText text={texts.get.from(from)} />
          </>
        )}
      </p>
      <Warnings preview={preview} />
      <div className={css.target}>
        <span className={css.soft}>{texts.get.to}</span>
        <PathText whole path={path} />
        <Button small icon="folder" onClick={() => setChoosing(true)}>
          {texts.get.change}
        </Button>
        <span className={isFull ? css.bad : css.soft}>{texts.get.free(format.bytes(freeBytes))}</span>
      </div>
      {isFull && <Note tone="bad" text={texts.get.full} />}
      {known === undefined && preview.isTaken && (
        <>
          <Note tone="plain" text={texts.get.taken} />
          <Checkbox label={texts.get.overwrite} checked={overwrite} onChange={setOverwrite} />
        </>
      )}
      <FileList preview={preview} skipped={skipped} onSkip={setSkipped} />
      {error !== undefined && <ErrorState error={error} />}
      <div className={css.end}>
        {known !== undefined ? (
          <>
            <span>{texts.get.known}</span>
            <Link className={buttonClass('primary')} to={`/transfers/${encodeURIComponent(known.infoHash)}`}>
              {texts.get.show}
            </Link>
          </>
        ) : (
          <Button
            look="primary"
            icon="get"
            busy={isBusy}
            disabled={isFull || skipped.size === fileCount}
            onClick={() => void start()}
          >
            {skipped.size === 0
              ? texts.get.start
              : texts.get.startSome(fileCount - skipped.size, format.bytes(wanted))}
          </Button>
        )}
      </div>
      <FolderPicker
        open={isChoosing}
        onClose={() => setChoosing(false)}
        onPick={to => {
          setChoosing(false)
          onInto(to)
        }}
      />
    </Card>
  )
}

function Warnings({ preview: { warnings } }: { readonly preview: Preview }): ReactNode {
  const texts = useTexts(sharing).get
  return (
    <>
      {warnings.disguised !== undefined && <Note tone="bad" text={texts.danger} />}
      {warnings.runs !== undefined && <Note tone="warn" text={texts.careful} />}
      {(warnings.unseen ?? warnings.reserved ?? warnings.long) !== undefined && (
        <Note tone="warn" text={texts.odd} />
      )}
    </>
  )
}

interface FileListProps {
  readonly preview: Preview
  readonly skipped: ReadonlySet<number>
  readonly onSkip: (skipped: ReadonlySet<number>) => void
}

function FileList({ preview, skipped, onSkip }: FileListProps): ReactNode {
  const texts = useTexts(sharing).get
  const { files, fileCount, kind, known } = preview
  // Of what is on IPFS the link itself names the part; and of what is not listed nothing can be chosen.
  const isFixed = kind === 'ipfs' || known !== undefined || files.length < fileCount || fileCount === 1
  const toggle = (index: number, isOn: boolean): void => {
    const next = new Set(skipped)
    if (isOn) next.delete(index)
    else next.add(index)
    onSkip(next)
  }
  return (
    <div className={css.files}>
      {!isFixed && (
        <Checkbox
          label={texts.all}
          checked={skipped.size === 0}
          partly={skipped.size < fileCount}
          onChange={isOn => onSkip(new Set(isOn ? [] : files.map(({ index }) => index)))}
        />
      )}
      <ul>
        {files.map(file => (
          <FileLine
            key={file.index}
            file={file}
            isOn={!skipped.has(file.index)}
            onToggle={isFixed ? undefined : isOn => toggle(file.index, isOn)}
          />
        ))}
      </ul>
      {files.length < fileCount && <p className={css.soft}>{texts.moreFiles(fileCount - files.length)}</p>}
    </div>
  )
}

interface FileLineProps {
  readonly file: PreviewFile
  readonly isOn: boolean
  readonly onToggle: ((isOn: boolean) => void) | undefined
}

function FileLine({ file, isOn, onToggle }: FileLineProps): ReactNode {
  const texts = useTexts(sharing).get
  const format = useFormat()
  return (
    <li className={css.file}>
      {onToggle === undefined ? (
        <SafeText text={file.path} />
      ) : (
        <Checkbox label={<SafeText text={file.path} />} checked={isOn} onChange={onToggle} />
      )}
      <span className={css.soft}>{format.bytes(file.size)}</span>
      <span className={css.where}>
        <PathText whole path={file.target} />
      </span>
      {file.warnings.map(one => (
        <span key={one} className={one === 'disguised' ? css.bad : css.warn}>
          {texts.warnings[one]}
        </span>
      ))}
    </li>
  )
}
