import { type ReactNode, useMemo, useState } from 'react'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, useRoute } from '../../app/router.tsx'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import { useActions } from './actions.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { DetailPanel } from './detail-panel.tsx'
import { type Row, useLiveRows } from './live-rows.ts'
import { useRemoving } from './removing.ts'
import { RowsTable } from './rows-table.tsx'
import css from './transfers.module.css'

type StateFilter = Row['state'] | 'all'
type NetworkFilter = 'all' | 'private' | 'bittorrent' | 'ipfs'

const states: readonly Row['state'][] = [
  'fetching',
  'finding',
  'checking',
  'queued',
  'paused',
  'complete',
  'failed',
]

export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const t = useTexts(transfers)
  const { parts } = useRoute()
  const { rows, error, again } = useLiveRows()
  const removing = useRemoving()
  const actions = useActions()
  const [search, setSearch] = useState('')
  const [state, setState] = useState<StateFilter>('all')
  const [network, setNetwork] = useState<NetworkFilter>('all')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [deleting, setDeleting] = useState<readonly string[]>()
  const opened = parts[1]
  const shown = useMemo(
    () => (rows ?? []).filter(row => !removing.has(row.infoHash) && fits(row, search, state, network)),
    [rows, removing, search, state, network],
  )
  const chosen = shown.filter(row => selected.has(row.infoHash)).map(row => row.infoHash)
  const openedRow = rows?.find(row => row.infoHash === opened)
  const remove = (ids: readonly string[]): void => {
    setSelected(new Set())
    actions.remove(ids, false)
  }
  const menuOf = (row: Row): readonly MenuEntry[] => {
    const ids = selected.has(row.infoHash) ? chosen : [row.infoHash]
    const isStill = row.state === 'paused' || row.state === 'failed'
    return [
      isStill
        ? { label: t.resume, icon: 'play', onSelect: () => actions.resume(ids) }
        : { label: t.pause, icon: 'pause', onSelect: () => actions.pause(ids) },
      { label: t.check, icon: 'shield', onSelect: () => actions.check(ids) },
      { label: t.first, icon: 'up', onSelect: () => actions.first(ids) },
      'line',
      { label: t.remove, icon: 'close', onSelect: () => remove(ids) },
      ...(row.origin === 'download'
        ? [{ label: t.removeFiles, icon: 'remove', danger: true, onSelect: () => setDeleting(ids) } as const]
        : []),
    ]
  }
  return (
    <>
      <PageHeading title={pages.transfers} lead={t.lead}>
        <Link to="/share" className={buttonClass()}>
          {t.share}
        </Link>
        <Link to="/get" className={buttonClass('primary')}>
          {t.get}
        </Link>
      </PageHeading>
      {error !== undefined && rows === undefined ? (
        <ErrorState error={error} onRetry={again} />
      ) : rows === undefined ? (
        <Loading />
      ) : rows.length === 0 ? (
        <EmptyState icon="transfers" title={t.emptyTitle} text={t.emptyText} />
      ) : (
        <>
          <div className={css.filters}>
            <TextField label={t.search} type="search" value={search} onChange={setSearch} />
            <Select
              label={t.state}
              value={state}
              onChange={setState}
              options={[
                { value: 'all' as StateFilter, label: t.all },
                ...states.map(one => ({ value: one as StateFilter, label: t.states[one] })),
              ]}
            />
            <Select
              label={t.network}
              value={network}
              onChange={setNetwork}
              options={[
                { value: 'all' as NetworkFilter, label: t.all },
                { value: 'private' as NetworkFilter, label: t.private },
                { value: 'bittorrent' as NetworkFilter, label: t.networks.bittorrent },
                { value: 'ipfs' as NetworkFilter, label: t.networks.ipfs },
              ]}
            />
          </div>
          {chosen.length > 0 && (
            <div className={css.bulk} role="toolbar" aria-label={t.selected(chosen.length)}>
              <strong>{t.selected(chosen.length)}</strong>
              <Button small icon="play" onClick={() => actions.resume(chosen)}>
                {t.resume}
              </Button>
              <Button small icon="pause" onClick={() => actions.pause(chosen)}>
                {t.pause}
              </Button>
              <Button small icon="shield" onClick={() => actions.check(chosen)}>
                {t.check}
              </Button>
              <Button small icon="close" onClick={() => remove(chosen)}>
                {t.remove}
              </Button>
              <IconButton small icon="close" label={t.clear} onClick={() => setSelected(new Set())} />
            </div>
          )}
          {shown.length === 0 ? (
            <EmptyState icon="search" title={t.noneTitle} text={t.noneText} />
          ) : (
            <div className={openedRow ? css.shortList : css.list}>
              <RowsTable
                {...{ opened, selected, menuOf }}
                rows={shown}
                onSelect={setSelected}
                onDelete={remove}
              />
            </div>
          )}
          {openedRow && <DetailPanel key={openedRow.infoHash} row={openedRow} />}
        </>
      )}
      {deleting && (
        <DeleteDialog
          ids={deleting}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => {
            setDeleting(undefined)
            setSelected(new Set())
            actions.remove(deleting, true)
          }}
        />
      )}
    </>
  )
}

function fits(row: Row, search: string, state: StateFilter, network: NetworkFilter): boolean {
  if (state !== 'all' && row.state !== state) return false
  if (network === 'private' ? row.networks !== '' : network !== 'all' && !row.networks.includes(network))
    return false
  return row.name.toLowerCase().includes(search.trim().toLowerCase())
}
