import { type ReactNode, useDeferredValue, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { library } from '../../texts/library.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import css from './library.module.css'
import { type LibraryFile, Player } from './player.tsx'

type Row = LibraryFile
type Kind = Row['kind'] | 'all'

const kinds: readonly Row['kind'][] = ['video', 'audio', 'image', 'document', 'other']
const icons: Readonly<Record<Row['kind'], IconName>> = {
  video: 'video',
  audio: 'audio',
  image: 'image',
  document: 'document',
  other: 'file',
}
/** The most that one answer brings. */
const maxRows = 1000

export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const t = useTexts(library)
  const format = useFormat()
  const [kind, setKind] = useState<Kind>('all')
  const [search, setSearch] = useState('')
  const [limit, setLimit] = useState(200)
  const [shown, setShown] = useState<number>()
  const words = useDeferredValue(search)
  const { data, error, refetch } = useValue('files.library', {
    limit,
    ...(kind !== 'all' && { kind }),
    ...(words !== '' && { search: words }),
  })
  return (
    <>
      <PageHeading title={pages.library} lead={t.lead} />
      <div className={css.filters}>
        <TextField label={t.search} type="search" maxLength={512} value={search} onChange={setSearch} />
        <Select
          label={t.kind}
          value={kind}
          onChange={setKind}
          options={[
            { value: 'all' as Kind, label: t.all },
            ...kinds.map(value => ({ value: value as Kind, label: t.kinds[value] })),
          ]}
        />
      </div>
      {error && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : data.rows.length === 0 ? (
        <Nothing isFiltered={kind !== 'all' || words !== ''} />
      ) : (
        <>
          <div className={css.list}>
            <Files rows={data.rows} onOpen={row => setShown(data.rows.indexOf(row))} />
          </div>
          <p className={css.count}>
            {t.count(format.number(data.rows.length), format.number(data.total))}
            {data.total > data.rows.length && limit < maxRows && (
              <Button small onClick={() => setLimit(maxRows)}>
                {t.more}
              </Button>
            )}
          </p>
          {shown !== undefined && data.rows[shown] && (
            <Player
              file={data.rows[shown]}
              onClose={() => setShown(undefined)}
              onPrevious={shown > 0 ? () => setShown(shown - 1) : undefined}
              onNext={shown < data.rows.length - 1 ? () => setShown(shown + 1) : undefined}
            />
          )}
        </>
      )}
    </>
  )
}

interface FilesProps {
  readonly rows: readonly Row[]
  readonly onOpen: (row: Row) => void
}

function Files({ rows, onOpen }: FilesProps): ReactNode {
  const t = useTexts(library)
  const format = useFormat()
  const columns: readonly Column<Row>[] = [
    {
      id: 'file',
      title: t.columns.file,
      width: 'minmax(10rem, 2fr)',
      cell: row => (
        <span className={css.name}>
          <Icon name={icons[row.kind]} label={t.kinds[row.kind]} />
          <PathText path={row.file} />
        </span>
      ),
    },
    {
      id: 'content',
      title: t.columns.content,
      width: 'minmax(6rem, 1fr)',
      wideOnly: true,
      cell: row => <SafeText text={row.name} cut />,
    },
    { id: 'size', title: t.columns.size, width: '5.5rem', end: true, cell: row => format.bytes(row.size) },
    {
      id: 'here',
      title: t.columns.here,
      width: '4rem',
      end: true,
      wideOnly: true,
      cell: row => format.percent(row.size === 0 ? 1 : row.bytes / row.size),
    },
    {
      id: 'place',
      title: t.columns.place,
      width: '3.5rem',
      cell: row => <Copy small text={row.path} label={t.copyPath} />,
    },
  ]
  return (
    <Table
      rows={rows}
      columns={columns}
      idOf={row => `${row.infoHash}/${row.index}`}
      label={t.list}
      onOpen={onOpen}
    />
  )
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  const t = useTexts(library)
  return isFiltered ? (
    <EmptyState icon="search" title={t.noneTitle} text={t.noneText} />
  ) : (
    <EmptyState icon="library" title={t.emptyTitle} text={t.emptyText} />
  )
}
