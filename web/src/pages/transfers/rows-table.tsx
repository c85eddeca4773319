import { type ReactNode, useMemo, useState } from 'react'
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
import { StateCell } from './state-cell.tsx'
import css from './transfers.module.css'

interface RowsTableProps {
  readonly rows: readonly Row[]
  readonly opened: string | undefined
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
  readonly menuOf: (row: Row) => readonly MenuEntry[]
  readonly onDelete: (ids: readonly string[]) => void
}

const values = {
  name: (row: Row) => row.name,
  state: (row: Row) => (row.totalBytes === 0 ? 0 : row.bytes / row.totalBytes),
  size: (row: Row) => row.totalBytes,
  down: (row: Row) => row.downBytesPerSecond,
  up: (row: Row) => row.upBytesPerSecond,
  peers: (row: Row) => row.peers,
  left: (row: Row) => row.etaSeconds,
  added: (row: Row) => row.addedAt,
}

/** The live list, the newest first until somebody sorts it. */
export function RowsTable(props: RowsTableProps): ReactNode {
  const { rows, opened, selected, onSelect, menuOf, onDelete } = props
  const t = useTexts(transfers)
  const format = useFormat()
  const [sorting, setSorting] = useState<Sorting>({ by: 'added', down: true })
  const sorted = useMemo(() => sortRows(rows, sorting, values), [rows, sorting])
  const speed = (bytes: number): string => (bytes < 1 ? '' : format.rate(bytes))
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      title: t.columns.name,
      width: 'minmax(9rem, 2fr)',
      sortable: true,
      cell: row => (
        <span className={css.name}>
          <Icon name={row.origin === 'share' ? 'share' : 'get'} />
          <SafeText text={row.name || t.unknown} cut />
        </span>
      ),
    },
    {
      id: 'state',
      title: t.columns.state,
      width: 'minmax(7rem, 1fr)',
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
      width: '5.5rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => speed(row.downBytesPerSecond),
    },
    {
      id: 'up',
      title: t.columns.up,
      width: '5.5rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => speed(row.upBytesPerSecond),
    },
    {
      id: 'peers',
      title: t.columns.peers,
      width: '3.75rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row => format.number(row.peers),
    },
    {
      id: 'left',
      title: t.columns.left,
      width: '6rem',
      end: true,
      sortable: true,
      wideOnly: true,
      cell: row =>
        row.etaSeconds === undefined || row.state !== 'fetching' ? '' : format.duration(row.etaSeconds),
    },
    {
      id: 'actions',
      title: <span className="visually-hidden">{t.columns.actions}</span>,
      width: '2.5rem',
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
      idOf={row => row.infoHash}
      label={t.list}
      sorting={sorting}
      onSort={setSorting}
      selected={selected}
      onSelect={onSelect}
      opened={opened}
      onOpen={row => navigate(`/transfers/${row.infoHash}`)}
      onDelete={onDelete}
      wrapRow={(row, element) => (
        <ContextMenu key={row.infoHash} items={menuOf(row)}>
          {element as never}
        </ContextMenu>
      )}
    />
  )
}
