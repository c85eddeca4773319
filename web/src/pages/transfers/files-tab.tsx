import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { PathText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './transfers.module.css'

type FileRow = Answer<'files.files'>[number]
const priorities = ['skip', 'low', 'normal', 'high'] as const

/** Which files are wanted, and which of them first. */
export function FilesTab({ content }: { readonly content: string }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const toast = useToast()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const { data, isPending } = useValue('files.files', { content }, { everyMs: 3_000 })
  const choose = useAction('files.files')
  if (data === undefined && isPending) return <Loading />
  if (data === undefined || data.length === 0)
    return <EmptyState icon="file" title={t.tabs.files} text={t.noFiles} />
  const set = (priority: FileRow['priority']): void => {
    const paths = data.filter(row => selected.has(String(row.index))).map(row => row.path)
    choose.mutate({ content, [priority]: paths }, { onError: toast.fail })
  }
  const columns: readonly Column<FileRow>[] = [
    {
      id: 'file',
      title: t.file,
      width: 'minmax(9rem, 1fr)',
      cell: row => <PathText path={row.path} />,
    },
    { id: 'size', title: t.columns.size, width: '5rem', end: true, cell: row => format.bytes(row.size) },
    {
      id: 'here',
      title: t.here,
      width: '4rem',
      end: true,
      cell: row => format.percent(row.size === 0 ? 1 : row.bytes / row.size),
    },
    {
      id: 'priority',
      title: t.priority,
      width: '7rem',
      wideOnly: true,
      cell: row => t.priorities[row.priority],
    },
  ]
  return (
    <>
      <div className={css.bulk} role="toolbar" aria-label={t.wantedTo}>
        <span>{t.wantedTo}</span>
        {priorities.map(priority => (
          <Button
            key={priority}
            small
            disabled={selected.size === 0 || choose.isPending}
            onClick={() => set(priority)}
          >
            {t.priorities[priority]}
          </Button>
        ))}
      </div>
      <div className={css.files}>
        <Table
          rows={data}
          columns={columns}
          idOf={row => String(row.index)}
          label={t.tabs.files}
          rowHeight={40}
          selected={selected}
          onSelect={setSelected}
        />
      </div>
    </>
  )
}
