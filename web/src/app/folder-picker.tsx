import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../api/hooks.ts'
import { sharing } from '../texts/sharing.ts'
import { useTexts } from '../texts/texts.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Checkbox, TextField } from '../ui/field.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Loading } from '../ui/loading.tsx'
import { PathText, SafeText } from '../ui/safe-text.tsx'
import css from './folder-picker.module.css'

interface FolderPickerProps {
  readonly open: boolean
  /** Files, too; otherwise folders only. */
  readonly files?: boolean
  readonly onPick: (path: string) => void
  readonly onClose: () => void
}

const pageEntries = 200

/** Chooses a folder or file of the machine that the peer runs on. */
export function FolderPicker({ open, files = false, onPick, onClose }: FolderPickerProps): ReactNode {
  const texts = useTexts(sharing).folders
  return (
    <Dialog open={open} wide title={files ? texts.titleAny : texts.title} onClose={onClose}>
      <Inside files={files} onPick={onPick} />
    </Dialog>
  )
}

function Inside({
  files,
  onPick,
}: {
  readonly files: boolean
  readonly onPick: (path: string) => void
}): ReactNode {
  const texts = useTexts(sharing).folders
  const places = useValue('folders.places')
  const [chosen, setChosen] = useState<string>()
  const [offset, setOffset] = useState(0)
  const [hidden, setHidden] = useState(false)
  const path = chosen ?? places.data?.places[0]?.path ?? places.data?.downloads
  const input = { path: path ?? '/', offset, limit: pageEntries, hidden, onlyFolders: !files }
  const page = useValue('folders.list', input, { enabled: path !== undefined })
  const go = (to: string): void => {
    setOffset(0)
    setChosen(to)
  }
  if (places.error !== null) return <ErrorState error={places.error} onRetry={() => void places.refetch()} />
  return (
    <div className={css.picker}>
      <nav aria-label={texts.places} className={css.places}>
        {places.data?.places.map(place => (
          <Button
            key={place.path}
            small
            look="quiet"
            icon={place.kind === 'drive' ? 'device' : 'folder'}
            onClick={() => go(place.path)}
          >
            {place.kind === 'drive' ? <SafeText text={place.name} /> : texts.kinds[place.kind]}
          </Button>
        ))}
      </nav>
      <div className={css.folder}>
        <div className={css.head}>
          <IconButton
            icon="up"
            label={texts.up}
            disabled={page.data?.parent === undefined}
            onClick={() => go(page.data!.parent!)}
          />
          <PathText path={page.data?.path ?? path ?? ''} />
          <Button look="primary" disabled={page.data === undefined} onClick={() => onPick(page.data!.path)}>
            {texts.use}
          </Button>
        </div>
        {page.error !== null ? (
          <ErrorState error={page.error} />
        ) : page.data === undefined ? (
          <Loading />
        ) : (
          <Entries files={files} page={page.data} onOpen={go} onPick={onPick} />
        )}
        <div className={css.foot}>
          <Checkbox label={texts.hidden} checked={hidden} onChange={setHidden} />
          {page.data !== undefined && page.data.total > pageEntries && (
            <span className={css.turns}>
              <IconButton
                icon="left"
                label={texts.before}
                disabled={offset === 0}
                onClick={() => setOffset(offset - pageEntries)}
              />
              {texts.range(offset + 1, offset + page.data.entries.length, page.data.total)}
              <IconButton
                icon="right"
                label={texts.next}
                disabled={page.data.next === undefined}
                onClick={() => setOffset(page.data.next!)}
              />
            </span>
          )}
          {page.data !== undefined && <NewFolder inside={page.data.path} onMade={go} />}
        </div>
      </div>
    </div>
  )
}

interface EntriesProps {
  readonly files: boolean
  readonly page: { readonly path: string; readonly entries: readonly Entry[] }
  readonly onOpen: (path: string) => void
  readonly onPick: (path: string) => void
}

interface Entry {
  readonly name: string
  readonly kind: 'folder' | 'file' | 'other' | 'broken'
  readonly size?: number
}

function Entries({ files, page, onOpen, onPick }: EntriesProps): ReactNode {
  const texts = useTexts(sharing).folders
  const format = useFormat()
  if (page.entries.length === 0) return <p className={css.empty}>{texts.empty}</p>
  const separator = page.path.includes('\\') ? '\\' : '/'
  const inside = page.path.endsWith(separator) ? page.path : page.path + separator
  return (
    <ul className={css.entries}>
      {page.entries.map(({ name, kind, size }) => {
        const isFile = kind === 'file'
        const isUsable = kind === 'folder' || (isFile && files)
        return (
          <li key={name}>
            <button
              type="button"
              className={css.entry}
              disabled={!isUsable}
              onClick={() => (isFile ? onPick : onOpen)(inside + name)}
            >
              <Icon name={kind === 'folder' ? 'folder' : isFile ? 'file' : 'warning'} size={18} />
              <SafeText cut text={name} />
              <span className={css.size}>
                {kind === 'broken' ? texts.broken : size !== undefined && format.bytes(size)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function NewFolder({
  inside,
  onMade,
}: {
  readonly inside: string
  readonly onMade: (path: string) => void
}): ReactNode {
  const texts = useTexts(sharing).folders
  const [name, setName] = useState<string>()
  const create = useAction('folders.create')
  if (name === undefined)
    return (
      <Button small icon="plus" onClick={() => setName('')}>
        {texts.make}
      </Button>
    )
  const make = (): void =>
    create.mutate(
      { path: inside, name },
      {
        onSuccess: ({ path }) => {
          setName(undefined)
          onMade(path)
        },
      },
    )
  return (
    <form
      className={css.make}
      onSubmit={event => {
        event.preventDefault()
        make()
      }}
    >
      <TextField
        hideLabel
        label={texts.name}
        placeholder={texts.name}
        value={name}
        onChange={setName}
        problem={create.error?.message}
        autoFocus
      />
      <Button type="submit" disabled={name.trim() === ''} busy={create.isPending}>
        {texts.create}
      </Button>
    </form>
  )
}
