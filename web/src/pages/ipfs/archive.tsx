import { type ReactNode, useState } from 'react'
import { useStream } from '../../api/hooks.ts'
import { FolderPicker } from '../../app/folder-picker.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { ui } from '../../texts/ui.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import { PathText } from '../../ui/safe-text.tsx'
import css from './ipfs.module.css'

interface ArchiveProps {
  /** A link to what is written. */
  readonly what: string
  readonly cid: string
}

/** Writes it with all its blocks to one file of the machine of the peer. */
export function Archive({ what, cid }: ArchiveProps): ReactNode {
  const texts = useTexts(ipfs).archive
  const [isChoosing, setChoosing] = useState(false)
  const [folder, setFolder] = useState<string>()
  return (
    <div className={css.actions}>
      <Button small icon="archive" onClick={() => setChoosing(true)}>
        {texts.write}
      </Button>
      <FolderPicker
        open={isChoosing}
        onClose={() => setChoosing(false)}
        onPick={picked => {
          setChoosing(false)
          setFolder(picked)
        }}
      />
      {folder !== undefined && (
        <Writing what={what} path={archiveIn(folder, cid)} onClose={() => setFolder(undefined)} />
      )}
    </div>
  )
}

function archiveIn(folder: string, cid: string): string {
  return `${folder.replace(/[/\\]$/, '')}${folder.includes('\\') ? '\\' : '/'}${cid}.car`
}

interface WritingProps {
  readonly what: string
  readonly path: string
  readonly onClose: () => void
}

/** Closed before its end, it ends. */
function Writing({ what, path, onClose }: WritingProps): ReactNode {
  const texts = useTexts(ipfs)
  const { close } = useTexts(ui)
  const format = useFormat()
  const { value, error } = useStream('car.export', { what, path }, undefined, { once: true })
  const isDone = value?.phase === 'exported'
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.archive.title}
      actions={<Button onClick={onClose}>{isDone || error !== undefined ? close : texts.cancel}</Button>}
    >
      <div className={css.stack}>
        <PathText whole path={path} />
        {error !== undefined ? (
          <ErrorState error={error} />
        ) : isDone ? (
          <p role="status">{texts.archive.done(format.bytes(value.bytes))}</p>
        ) : (
          <>
            <p role="status">
              {value?.phase === 'looking'
                ? texts.folder.looking
                : texts.archive.writing(format.bytes(value?.bytes ?? 0))}
            </p>
            <ProgressBar value={undefined} label={texts.archive.title} />
          </>
        )}
      </div>
    </Dialog>
  )
}
