import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react'
import { navigate } from '../../app/router.tsx'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { IconButton } from '../../ui/button.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { ContextMenu, Menu, type MenuEntry } from '../../ui/menu.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type Sorting, sortRows } from '../../ui/table-rows.ts'
import { visibleText } from '../../ui/visible-text.ts'
import type { Row } from './live-rows.ts'
import type { Step } from './queue-steps.ts'
import { StateCell } from './state-cell.tsx'
import css from './transfers.module.css'

interface RowsTableProps {
  readonly rows: readonly Row[]
  readonly opened: string | undefined
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
  readonly menuOf: (row: Row) => readonly MenuEntry[]
  readonly onDelete: (ids: readonly string[]) => void
  readonly onQueue: (ids: readonly string[], to: Step) => void
}

const idOf = (row: Row): string => row.infoHash

const values = {
  name: (row: Row) => row.name,
  state: (row: Row) => (row.totalBytes === 0 ? 0 : row.bytes / row.totalBytes),
  size: (row: Row) => row.totalBytes,
  down: (row: Row) => row.downBytesPerSecond,
  up: (row: Row) => row.upBytesPerSecond,
  peers: (row: Row) => row.peers,
  left: (row: Row) => row.etaSeconds,
  added: (row: Row) => row.addedAt,
  queue: (row: Row) => row.position,
}

/** The live list, the newest first until somebody sorts it. Sorted by the queue, rows are dragged to another place in it; Alt with up or down moves them always. */
export function RowsTable(props: RowsTableProps): ReactNode {
  const { rows, opened, selected, onSelect, menuOf, onDelete, onQueue } = props
  const t = useTexts(transfers)
  const format = useFormat()
  const [sorting, setSorting] = useState<Sorting>({ by: 'added', down: true })
  const sorted = useMemo(() => sortRows(rows, sorting, values), [rows, sorting])
  const hasQueue = rows.some(({ position }) => position !== undefined && position > 0)
  const speed = (bytes: number): string => (bytes < 1 ? '' : format.rate(bytes))
  const networksOf = (row: Row): string =>
    row.networks === ''
      ? t.private
      : format.list(row.networks.split(',').map(name => t.networks[name as keyof typeof t.networks]))
  const movingOf = (row: Row): string => {
    const [down, up] = [speed(row.downBytesPerSecond), speed(row.upBytesPerSecond)]
    const parts = [down && `↓ ${down}`, up && `↑ ${up}`].filter(Boolean)
    return parts.length > 0 ? parts.join(' · ') : networksOf(row)
  }
  const onRowKey = ({ altKey, key }: KeyboardEvent, row: Row): boolean => {
    const to = ({ ArrowUp: 'up', ArrowDown: 'down', Home: 'first', End: 'last' } as const)[key]
    if (!altKey || to === undefined) return false
    onQueue(selected.has(row.infoHash) ? [...selected] : [row.infoHash], to)
    return true
  }
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      title: t.columns.name,
      width: 'minmax(6rem, 2fr)',
      sortable: true,
      cell: row => (
        <span className={css.name}>
          <Icon name={row.origin === 'share' ? 'share' : 'get'} />
          <span className={css.lineName}>
            <SafeText text={row.name || t.unknown} cut />
            <span className={`${css.sub} ${css.wideLine}`}>{networksOf(row)}</span>
            <span className={`${css.sub} ${css.narrowLine}`}>{movingOf(row)}</span>
          </span>
        </span>
      ),
    },
    {
      id: 'state',
      title: t.columns.state,
      width: 'minmax(8.5rem, 1.5fr)',
      sortable: true,
      cell: row => <StateCell row={row} />,
    },
    {
      id: 'size',
      title: t.columns.size,
      width: '5rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => (row.totalBytes === 0 && row.files === 0 ? '' : format.bytes(row.totalBytes)),
    },
    {
      id: 'down',
      title: t.columns.down,
      width: '5.25rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => speed(row.downBytesPerSecond),
    },
    {
      id: 'up',
      title: t.columns.up,
      width: '5.25rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => speed(row.upBytesPerSecond),
    },
    {
      id: 'peers',
      title: t.columns.peers,
      width: '4.25rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => format.number(row.peers),
    },
    {
      id: 'left',
      title: t.columns.left,
      width: '6.75rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row =>
        row.etaSeconds === undefined || row.state !== 'fetching' ? '' : format.duration(row.etaSeconds),
    },
    ...(hasQueue
      ? [
          {
            id: 'queue',
            title: t.columns.queue,
            width: '4rem',
            end: true,
            sortable: true,
            wideOnly: true,
            cell: (row: Row) => (row.position === undefined ? '' : format.number(row.position + 1)),
          },
        ]
      : []),
    {
      id: 'actions',
      title: <span className="visually-hidden">{t.columns.actions}</span>,
      width: '2.75rem',
      cell: row => (
        <Menu items={menuOf(row)}>
          <IconButton small icon="more" label={t.actionsFor(visibleText(row.name || t.unknown))} />
        </Menu>
      ),
    },
  ]
  return (
    <Table
      rows={sorted}
      columns={columns}
      idOf={idOf}
      label={t.list}
      sorting={sorting}
      onSort={setSorting}
      selected={selected}
      onSelect={onSelect}
      opened={opened}
      onOpen={row => navigate(`/transfers/${row.infoHash}`)}
      onDelete={onDelete}
      onRowKey={onRowKey}
      {...(sorting.by === 'queue' && {
        onDropOn: (ids: readonly string[], target: Row) => onQueue(ids, { placeOf: target.infoHash }),
      })}
      wrapRow={(row, element) => (
        <ContextMenu key={row.infoHash} items={menuOf(row)}>
          {element as never}
        </ContextMenu>
      )}
    />
  )
}
