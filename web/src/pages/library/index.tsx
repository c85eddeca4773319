import { type ReactNode, useDeferredValue, useState } from 'react'
import { type Pages, useLibrary } from '../../api/pages.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Player } from '../../app/player.tsx'
import { library } from '../../texts/library.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Chips } from '../../ui/chips.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Tiles } from '../../ui/tiles.tsx'
import { FilesTable } from './files-table.tsx'
import css from './library.module.css'
import { idOf, type LibraryFile } from './rows.ts'
import { icons, Thumbnail } from './thumbnail.tsx'

type Kind = LibraryFile['kind'] | 'all'
type Layout = 'grid' | 'rows'

const kinds: readonly Kind[] = ['all', 'video', 'audio', 'image', 'document', 'other']
const layouts: readonly Layout[] = ['grid', 'rows']
const layoutKey = 'peerage.library.layout'

/** What is here, by kind, as tiles or as a list; to look at, whole or while it comes. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const t = useTexts(library)
  const [kind, setKind] = useState<Kind>('all')
  const [layout, setLayout] = useState<Layout>(() =>
    localStorage.getItem(layoutKey) === 'rows' ? 'rows' : 'grid',
  )
  const [search, setSearch] = useState('')
  const words = useDeferredValue(search)
  const { data, error, refetch } = useLibrary({
    ...(kind !== 'all' && { kind }),
    ...(words !== '' && { search: words }),
  })
  const choose = (next: Layout): void => {
    localStorage.setItem(layoutKey, next)
    setLayout(next)
  }
  return (
    <>
      <PageHeading title={pages.library} lead={t.lead} />
      <div className={css.filters}>
        <TextField
          hideLabel
          label={t.search}
          placeholder={t.search}
          type="search"
          maxLength={512}
          value={search}
          onChange={setSearch}
        />
        <Chips
          label={t.layout}
          value={layout}
          onChange={choose}
          options={layouts.map(value => ({
            value,
            label: t[value],
            icon: value === 'grid' ? 'grid' : 'menu',
          }))}
        />
        <Kinds {...{ kind, data }} onChange={setKind} />
      </div>
      {error && data === undefined ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <Loading />
      ) : data.rows.length === 0 ? (
        <Nothing isFiltered={kind !== 'all' || words !== ''} />
      ) : (
        <Shown {...{ data, layout }} />
      )}
    </>
  )
}

interface KindsProps {
  readonly kind: Kind
  readonly data: Pages | undefined
  readonly onChange: (kind: Kind) => void
}

function Kinds({ kind, data, onChange }: KindsProps): ReactNode {
  const t = useTexts(library)
  const format = useFormat()
  const all = Object.values(data?.kinds ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <Chips
      label={t.kind}
      value={kind}
      onChange={onChange}
      options={kinds.map(value => ({
        value,
        ...(value === 'all' ? { label: t.all } : { label: t.kinds[value], icon: icons[value] }),
        ...(data && { count: format.number(value === 'all' ? all : data.kinds[value]) }),
      }))}
    />
  )
}

function Shown({ data, layout }: { readonly data: Pages; readonly layout: Layout }): ReactNode {
  const t = useTexts(library)
  const format = useFormat()
  const [shownId, setShownId] = useState<string>()
  const { rows, total, more } = data
  const at = rows.findIndex(row => idOf(row) === shownId)
  const shown = rows[at]
  const open = (row: LibraryFile | undefined): void => setShownId(row && idOf(row))
  return (
    <>
      <div className={css.list}>
        {layout === 'rows' ? (
          <FilesTable rows={rows} onOpen={open} onEnd={more} />
        ) : (
          <Tiles
            items={rows}
            idOf={idOf}
            label={t.list}
            tile={row => <Tile row={row} />}
            onOpen={open}
            onEnd={more}
          />
        )}
      </div>
      <p className={css.count}>{t.count(format.number(rows.length), format.number(total))}</p>
      {shown && (
        <Player
          inList
          file={{ ...shown, isWhole: shown.bytes === shown.size }}
          onClose={() => open(undefined)}
          onPrevious={at > 0 ? () => open(rows[at - 1]) : undefined}
          onNext={at < rows.length - 1 ? () => open(rows[at + 1]) : undefined}
        />
      )}
    </>
  )
}

function Tile({ row }: { readonly row: LibraryFile }): ReactNode {
  const t = useTexts(library)
  const format = useFormat()
  const share = row.size === 0 ? 1 : row.bytes / row.size
  return (
    <>
      <Thumbnail row={row} />
      <span className={css.caption}>
        <SafeText text={row.file.split('/').at(-1)!} cut />
        <span className={css.soft}>
          {format.bytes(row.size)}
          {share < 1 && ` · ${t.of(format.percent(share))}`}
        </span>
      </span>
    </>
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
