import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { refresh, useStream } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './ipfs.module.css'
import { linkOf, type Place, pageOf } from './place.ts'

type Entry = Extract<Answer<'ipfs.ls'>, { phase: 'listed' }>['entries'][number]

/** What is drawn at once of a long folder. */
const firstRows = 200

const icons = { file: 'file', directory: 'folder', symlink: 'link', data: 'document' } as const

interface FolderProps {
  readonly place: Place
  /** Nobody can be asked. */
  readonly isOff: boolean
  readonly onListed: () => void
  readonly onRetry: () => void
}

/** What is in it, without fetching it; each entry leads on. */
export function Folder({ place, isOff, onListed, onRetry }: FolderProps): ReactNode {
  const texts = useTexts(ipfs)
  const format = useFormat()
  const [isWanted, setWanted] = useState(true)
  const input = isOff || !isWanted ? undefined : { link: linkOf(place) }
  const { value, error } = useStream('ipfs.ls', input, update => {
    if (update.phase !== 'listed') return
    // Asking may have begun it.
    void refresh('ipfs.status')
    onListed()
  })
  const stop = (
    <Button small icon="stop" onClick={() => setWanted(false)}>
      {texts.stop}
    </Button>
  )
  const again = (
    <Button small icon="refresh" onClick={() => setWanted(true)}>
      {texts.look.again}
    </Button>
  )
  const isListed = value?.phase === 'listed'
  const isLooking = isWanted && !isListed && error === undefined && !isOff
  return (
    <Card title={texts.folder.title} aside={isLooking ? stop : !isWanted && again}>
      {isOff && <p>{texts.folder.off}</p>}
      {isLooking && (
        <>
          <p role="status">{texts.folder.looking}</p>
          <ProgressBar value={undefined} label={texts.folder.looking} />
          {value?.phase === 'looking' && (
            <p className={css.soft}>{texts.folder.asked(format.number(value.asked))}</p>
          )}
        </>
      )}
      {!isWanted && <p role="status">{texts.look.stopped}</p>}
      {error !== undefined && isWanted && <ErrorState error={error} onRetry={onRetry} />}
      {isListed && isWanted && <Entries place={place} entries={value.entries} />}
    </Card>
  )
}

interface EntriesProps {
  readonly place: Place
  readonly entries: readonly Entry[]
}

function Entries({ place, entries }: EntriesProps): ReactNode {
  const texts = useTexts(ipfs).folder
  const format = useFormat()
  const [isAll, setAll] = useState(false)
  if (entries.length === 0) return <p>{texts.empty}</p>
  // A file, asked for as a folder, is answered as itself.
  const [only] = entries
  const isItself =
    entries.length === 1 && only!.kind !== 'directory' && only!.name === (place.path.at(-1) ?? only!.cid)
  return (
    <>
      <ul className={css.list}>
        {entries.slice(0, isAll ? undefined : firstRows).map(entry => (
          <Row
            key={entry.name}
            entry={entry}
            to={isItself ? undefined : pageOf({ ...place, path: [...place.path, entry.name] })}
          />
        ))}
      </ul>
      {!isAll && entries.length > firstRows && (
        <div className={css.actions}>
          <Button onClick={() => setAll(true)}>{texts.all(format.number(entries.length))}</Button>
        </div>
      )}
    </>
  )
}

function Row({ entry, to }: { readonly entry: Entry; readonly to: string | undefined }): ReactNode {
  const { kinds } = useTexts(ipfs).look
  const format = useFormat()
  const { name, kind, size } = entry
  return (
    <li className={css.row}>
      <Icon
        name={kind === undefined ? 'file' : icons[kind]}
        {...(kind !== undefined && { label: kinds[kind] })}
      />
      <span className={css.words}>
        {to === undefined ? (
          <SafeText text={name} />
        ) : (
          <Link to={to}>
            <SafeText text={name} />
          </Link>
        )}
      </span>
      {size !== undefined && <span className={css.number}>{format.bytes(size)}</span>}
    </li>
  )
}
