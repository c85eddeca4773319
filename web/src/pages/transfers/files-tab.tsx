import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { call } from '../../api/client.ts'
import { refresh, useValue } from '../../api/hooks.ts'
import { Player } from '../../app/player.tsx'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Menu, type MenuEntry } from '../../ui/menu.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { type FileRow, type Priority, type TreeRow, treeRows } from './file-tree.ts'
import type { Row } from './live-rows.ts'
import css from './transfers.module.css'

const priorities: readonly Priority[] = ['high', 'normal', 'low', 'skip']
/** What `files.files` takes at once. */
const maxNames = 10_000

/** The files as a tree: which are wanted, which of them first, how far each is; and to look at while they come. */
export function FilesTab({ row }: { readonly row: Row }): ReactNode {
  const t = useTexts(transfers)
  const content = row.infoHash
  const [search, setSearch] = useState('')
  const words = useDeferredValue(search).trim().toLowerCase()
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [opened, setOpened] = useState<FileRow>()
  // The answer of 60,000 files is megabytes: those are asked for once a minute, but not before they are known.
  const everyMs = (known: readonly FileRow[] = []): number =>
    known.length > 0 && row.state === 'complete' ? 30_000 : Math.max(2_000, known.length)
  const { data, error, refetch } = useValue('files.files', { content }, { everyMs })
  const [set, isSetting] = useSet(content)
  const files = useMemo(
    () => (data ?? []).filter(({ path }) => path.toLowerCase().includes(words)),
    [data, words],
  )
  const rows = useMemo(() => treeRows(files, folds), [files, folds])
  const canChoose = row.origin === 'download' && /^[0-9a-f]+$/.test(content)
  const fold = (one: TreeRow, open: boolean): void => setFolds(new Map(folds).set(one.path, open))
  const columns = useColumns({ canChoose, isSetting, set, fold, open: setOpened })
  if (error && row.files > 0) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined && error === null) return <Loading />
  if (data === undefined || data.length === 0)
    return <EmptyState icon="file" title={t.tabs.files} text={t.noFiles} />
  return (
    <>
      <div className={css.fileBar}>
        <TextField
          hideLabel
          label={t.searchFiles}
          placeholder={t.searchFiles}
          type="search"
          value={search}
          onChange={setSearch}
        />
        {canChoose && (
          <>
            <Button small disabled={isSetting} onClick={() => set(files, 'normal')}>
              {words === '' ? t.wantAll : t.wantThese}
            </Button>
            <Button small disabled={isSetting} onClick={() => set(files, 'skip')}>
              {words === '' ? t.wantNone : t.skipThese}
            </Button>
          </>
        )}
      </div>
      {rows.length === 0 ? (
        <EmptyState icon="search" title={t.noneTitle} text={t.noFileFits} />
      ) : (
        <div className={css.files}>
          <Table
            rows={rows}
            columns={columns}
            idOf={one => `${one.kind} ${one.path}`}
            label={t.tabs.files}
            rowHeight={40}
            treeOf={one => (one.kind === 'folder' ? { level: one.level, isOpen: one.isOpen } : one)}
            onFold={fold}
            onOpen={one => (one.kind === 'folder' ? fold(one, !one.isOpen) : setOpened(one))}
          />
        </div>
      )}
      {opened && (
        <Player
          file={{ infoHash: content, file: opened.path, isWhole: opened.bytes === opened.size }}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  )
}

type SetPriority = (files: readonly { readonly path: string }[], priority: Priority) => void

/** Sets files and folders; the rows change when the daemon has told. */
function useSet(content: string): readonly [SetPriority, boolean] {
  const toast = useToast()
  const [isSetting, setSetting] = useState(false)
  const set: SetPriority = async (files, priority) => {
    setSetting(true)
    try {
      for (let from = 0; from < files.length; from += maxNames) {
        const paths = files.slice(from, from + maxNames).map(({ path }) => path)
        await call('files.files', { content, [priority]: paths })
      }
    } catch (error) {
      toast.fail(error)
    }
    await refresh('files.files').catch(toast.fail)
    setSetting(false)
  }
  return [set, isSetting]
}

interface ColumnsGiven {
  readonly canChoose: boolean
  readonly isSetting: boolean
  readonly set: SetPriority
  readonly fold: (row: TreeRow, open: boolean) => void
  readonly open: (file: FileRow) => void
}

function useColumns({ canChoose, isSetting, set, fold, open }: ColumnsGiven): readonly Column<TreeRow>[] {
  const t = useTexts(transfers)
  const format = useFormat()
  const name: Column<TreeRow> = {
    id: 'file',
    title: t.file,
    width: 'minmax(6rem, 1fr)',
    cell: row => <NameCell {...{ row, canChoose, isSetting, set, fold }} />,
  }
  const size: Column<TreeRow> = {
    id: 'size',
    title: t.columns.size,
    width: '5rem',
    end: true,
    wideOnly: true,
    cell: row => format.bytes(row.size),
  }
  const here: Column<TreeRow> = {
    id: 'here',
    title: t.here,
    width: 'minmax(3rem, 0.2fr)',
    cell: row => <HereCell row={row} />,
  }
  const priority: Column<TreeRow> = {
    id: 'priority',
    title: t.priority,
    width: '7.5rem',
    wideOnly: true,
    cell: row => (
      <span className={css.soft}>{row.priority === undefined ? t.mixed : t.priorities[row.priority]}</span>
    ),
  }
  const actions: Column<TreeRow> = {
    id: 'actions',
    title: <span className="visually-hidden">{t.columns.actions}</span>,
    width: '2.75rem',
    cell: row => {
      const items: MenuEntry[] = []
      if (row.kind === 'file') items.push({ label: t.open, icon: 'open', onSelect: () => open(row) })
      if (canChoose && items.length > 0) items.push('line')
      if (canChoose)
        for (const one of priorities)
          items.push({
            label: t.priorities[one],
            checked: row.priority === one,
            onSelect: () => set([row], one),
          })
      return (
        items.length > 0 && (
          <Menu items={items}>
            <IconButton small icon="more" label={t.actionsFor(visibleText(row.name))} />
          </Menu>
        )
      )
    },
  }
  const watch: Column<TreeRow> = {
    id: 'open',
    title: <span className="visually-hidden">{t.open}</span>,
    width: '2.75rem',
    wideOnly: true,
    cell: row =>
      row.kind === 'file' && (
        <IconButton
          small
          icon={
            /\.(mp4|m4v|mov|webm|mkv|ogv|mp3|m4a|aac|og[ag]|opus|flac|wav)$/i.test(row.name) ? 'play' : 'eye'
          }
          label={t.openFile(visibleText(row.name))}
          onClick={() => open(row)}
        />
      ),
  }
  return [name, size, here, ...(canChoose ? [priority] : []), watch, actions]
}

type NameCellProps = Omit<ColumnsGiven, 'open'> & { readonly row: TreeRow }

function NameCell({ row, canChoose, isSetting, set, fold }: NameCellProps): ReactNode {
  const t = useTexts(transfers)
  const isFolder = row.kind === 'folder'
  const isWanted = isFolder ? row.skipped < row.files : row.priority !== 'skip'
  const name = visibleText(row.name)
  return (
    <span className={css.fileName} style={{ paddingInlineStart: `${(row.level - 1) * 1.25}rem` }}>
      {isFolder ? (
        <button
          type="button"
          tabIndex={-1}
          className={css.fold}
          aria-label={row.isOpen ? t.close(name) : t.unfold(name)}
          onClick={() => fold(row, !row.isOpen)}
        >
          <Icon name={row.isOpen ? 'chevron-down' : 'chevron-right'} size={16} />
        </button>
      ) : (
        <span className={css.noFold} />
      )}
      {canChoose && (
        <Checkbox
          hideLabel
          label={t.want(name)}
          checked={isFolder ? row.skipped === 0 : isWanted}
          partly={isWanted}
          disabled={isSetting}
          onChange={wanted => set([row], wanted ? 'normal' : 'skip')}
        />
      )}
      <Icon name={isFolder ? 'folder' : 'file'} size={18} />
      <SafeText text={row.name} cut />
      {isFolder && <span className={css.soft}>{t.filesIn(row.files)}</span>}
    </span>
  )
}

function HereCell({ row }: { readonly row: TreeRow }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const share = row.size === 0 ? 1 : row.bytes / row.size
  const text = format.percent(share)
  return (
    <span className={css.hereCell}>
      <ProgressBar value={share} label={t.here} tone={share === 1 ? 'good' : 'accent'} />
      <span>{text}</span>
    </span>
  )
}
