import type { ReactNode } from 'react'
import { library } from '../../texts/library.ts'
import { useTexts } from '../../texts/texts.ts'
import { Copy } from '../../ui/copy.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import css from './library.module.css'
import { idOf, type LibraryFile } from './rows.ts'
import { icons } from './thumbnail.tsx'

interface FilesTableProps {
  readonly rows: readonly LibraryFile[]
  readonly onOpen: (row: LibraryFile) => void
  readonly onEnd: (() => void) | undefined
}

export function FilesTable({ rows, onOpen, onEnd }: FilesTableProps): ReactNode {
  const t = useTexts(library)
  const format = useFormat()
  const columns: readonly Column<LibraryFile>[] = [
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
  return <Table {...{ rows, columns, idOf, onOpen, onEnd }} label={t.list} rowHeight={44} />
}
