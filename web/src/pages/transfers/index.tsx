import { type ReactNode, useMemo, useState } from 'react'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, useRoute } from '../../app/router.tsx'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { Chips } from '../../ui/chips.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { Menu, type MenuEntry } from '../../ui/menu.tsx'
import { useActions } from './actions.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { DetailPanel } from './detail-panel.tsx'
import { type Row, useLiveRows } from './live-rows.ts'
import type { Step } from './queue-steps.ts'
import { useRemoving } from './removing.ts'
import { RowsTable } from './rows-table.tsx'
import css from './transfers.module.css'

type StateFilter = Row['state'] | 'all'
const networks = ['all', 'private', 'bittorrent', 'ipfs'] as const
type NetworkFilter = (typeof networks)[number]

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
  const format = useFormat()
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
  const found = useMemo(
    () => (rows ?? []).filter(row => !removing.has(row.infoHash) && fits(row, search, network)),
    [rows, removing, search, network],
  )
  const counts = useMemo(() => countsOf(found), [found])
  const shown = useMemo(
    () => (state === 'all' ? found : found.filter(row => row.state === state)),
    [found, state],
  )
  const chosen = shown.filter(row => selected.has(row.infoHash)).map(row => row.infoHash)
  const openedRow = rows?.find(row => row.infoHash === opened)
  const remove = (ids: readonly string[]): void => {
    setSelected(new Set())
    actions.remove(ids, false)
  }
  const queue = (ids: readonly string[], to: Step): void => actions.queue(rows ?? [], ids, to)
  const queueItems = (ids: readonly string[]): readonly MenuEntry[] => [
    { label: t.first, icon: 'up', onSelect: () => queue(ids, 'first') },
    { label: t.earlier, icon: 'chevron-up', onSelect: () => queue(ids, 'up') },
    { label: t.later, icon: 'chevron-down', onSelect: () => queue(ids, 'down') },
    { label: t.last, icon: 'down', onSelect: () => queue(ids, 'last') },
  ]
  const menuOf = (row: Row): readonly MenuEntry[] => {
    const ids = selected.has(row.infoHash) ? chosen : [row.infoHash]
    const isStill = row.state === 'paused' || row.state === 'failed'
    return [
      isStill
        ? { label: t.resume, icon: 'play', onSelect: () => actions.resume(ids) }
        : { label: t.pause, icon: 'pause', onSelect: () => actions.pause(ids) },
      { label: t.check, icon: 'shield', onSelect: () => actions.check(ids) },
      ...(row.position === undefined ? [] : (['line', ...queueItems(ids)] as const)),
      'line',
      { label: t.remove, icon: 'close', onSelect: () => remove(ids) },
      ...(row.origin === 'download'
        ? [{ label: t.removeFiles, icon: 'remove', danger: true, onSelect: () => setDeleting(ids) } as const]
        : []),
    ]
  }
  const networkTexts = { ...t.networks, all: t.allNetworks, private: t.private }
  const hasFetched = shown.some(row => row.origin === 'download' && selected.has(row.infoHash))
  return (
    <div className={openedRow ? css.withPanel : undefined}>
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
            <TextField
              hideLabel
              label={t.search}
              placeholder={t.search}
              type="search"
              value={search}
              onChange={setSearch}
            />
            <Select
              hideLabel
              label={t.network}
              value={network}
              onChange={setNetwork}
              options={networks.map(value => ({ value, label: networkTexts[value] }))}
            />
            <Chips
              label={t.state}
              value={state}
              onChange={setState}
              options={(['all', ...states] as const)
                .filter(one => one === 'all' || one === state || (counts.get(one) ?? 0) > 0)
                .map(one => ({
                  value: one,
                  label: one === 'all' ? t.all : t.states[one],
                  count: format.number(one === 'all' ? found.length : (counts.get(one) ?? 0)),
                }))}
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
              <Menu items={queueItems(chosen)}>
                <Button small icon="sort">
                  {t.columns.queue}
                </Button>
              </Menu>
              <Button small icon="close" onClick={() => remove(chosen)}>
                {t.remove}
              </Button>
              {hasFetched && (
                <Button small icon="remove" onClick={() => setDeleting(chosen)}>
                  {t.removeFiles}
                </Button>
              )}
              <IconButton small icon="close" label={t.clear} onClick={() => setSelected(new Set())} />
            </div>
          )}
          {shown.length === 0 ? (
            <EmptyState icon="search" title={t.noneTitle} text={t.noneText} />
          ) : (
            <div
              className={openedRow ? css.shortList : css.list}
              style={{ '--rows': shown.length } as object}
            >
              <RowsTable
                {...{ opened, selected, menuOf }}
                rows={shown}
                onSelect={setSelected}
                onDelete={remove}
                onQueue={queue}
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
    </div>
  )
}

function countsOf(rows: readonly Row[]): ReadonlyMap<Row['state'], number> {
  const counts = new Map<Row['state'], number>()
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

function fits(row: Row, search: string, network: NetworkFilter): boolean {
  if (network === 'private' ? row.networks !== '' : network !== 'all' && !row.networks.includes(network))
    return false
  return row.name.toLowerCase().includes(search.trim().toLowerCase())
}
