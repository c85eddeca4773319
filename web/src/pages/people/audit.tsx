import { type ReactNode, useEffect, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { isAbort } from '../../api/errors.ts'
import { useEvent, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

type Row = Answer<'access.audit'>
type Wanted = 'any' | 'yes' | 'no'

const pageRows = 500

/** Who asked for what: of one person, or of everybody with a filter. */
export function Audit({ peer }: { readonly peer?: string }): ReactNode {
  const texts = useTexts(people).audit
  const contacts = useValue('contacts.list', {}, { enabled: peer === undefined })
  const [person, setPerson] = useState('')
  const [wanted, setWanted] = useState<Wanted>('any')
  const [before, setBefore] = useState<number>()
  const who = peer ?? (person === '' ? undefined : person)
  const restart = (): void => setBefore(undefined)
  return (
    <div className={css.stack}>
      <div className={css.bar}>
        {peer === undefined && (
          <Select
            label={texts.person}
            value={person}
            onChange={one => {
              setPerson(one)
              restart()
            }}
            options={[
              { value: '', label: texts.all },
              ...(contacts.data ?? []).map(one => ({ value: one.peer, label: visibleText(one.name) })),
            ]}
          />
        )}
        <Select
          label={texts.result}
          value={wanted}
          onChange={one => {
            setWanted(one)
            restart()
          }}
          options={(['any', 'yes', 'no'] as const).map(value => ({ value, label: texts[value] }))}
        />
        {peer === undefined && <Whole />}
      </div>
      <Rows key={`${who} ${wanted} ${before}`} {...{ who, wanted, before }} onBefore={setBefore} />
    </div>
  )
}

interface Asked {
  readonly who: string | undefined
  readonly wanted: Wanted
  readonly before: number | undefined
}

interface RowsProps extends Asked {
  readonly onBefore: (before: number | undefined) => void
}

function Rows({ who, wanted, before, onBefore }: RowsProps): ReactNode {
  const texts = useTexts(people).audit
  const [version, setVersion] = useState(0)
  const [rows, setRows] = useState<readonly Row[]>()
  const [error, setError] = useState<unknown>()
  useEvent('audit.recorded', () => before === undefined && setVersion(count => count + 1))
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version asks again
  useEffect(() => {
    const left = new AbortController()
    read({ who, wanted, before }, left.signal)
      .then(found => setRows(found))
      .catch(failure => isAbort(failure) || setError(failure))
    return () => left.abort(new DOMException('left', 'AbortError'))
  }, [who, wanted, before, version])
  const columns = useColumns()
  if (error !== undefined) return <ErrorState error={error} />
  if (rows === undefined) return <Loading />
  if (rows.length === 0 && before === undefined)
    return <EmptyState icon="history" title={texts.empty} text={texts.emptyText} />
  return (
    <>
      <div className={css.table}>
        <Table rows={rows} columns={columns} idOf={row => String(row.sequence)} label={texts.label} />
      </div>
      <div className={css.actions}>
        {before !== undefined && <Button onClick={() => onBefore(undefined)}>{texts.newest}</Button>}
        {rows.length === pageRows && (
          <Button onClick={() => onBefore(rows.at(-1)?.sequence)}>{texts.older}</Button>
        )}
      </div>
    </>
  )
}

/** The newest first. */
async function read({ who, wanted, before }: Asked, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = []
  const input = {
    limit: pageRows,
    ...(who !== undefined && { peer: who }),
    ...(wanted !== 'any' && { refused: wanted === 'no' }),
    ...(before !== undefined && { before }),
  }
  for await (const row of api.access.audit(input, { signal })) rows.push(row)
  return rows.reverse()
}

function useColumns(): Column<Row>[] {
  const texts = useTexts(people)
  const format = useFormat()
  return [
    {
      id: 'at',
      title: texts.audit.when,
      width: '10rem',
      cell: row => format.dateTime(row.at),
    },
    {
      id: 'who',
      title: texts.audit.who,
      width: 'minmax(6rem, 1fr)',
      cell: row => <SafeText cut text={row.name === '*' ? texts.audit.others : row.name} />,
    },
    {
      id: 'what',
      title: texts.audit.what,
      width: 'minmax(6rem, 1.5fr)',
      cell: row => <SafeText cut text={row.title} />,
    },
    {
      id: 'result',
      title: texts.audit.result,
      width: '7rem',
      cell: row => (
        <Badge tone={row.allowed ? 'good' : 'bad'}>{row.allowed ? texts.audit.yes : texts.audit.no}</Badge>
      ),
    },
    {
      id: 'why',
      title: texts.audit.why,
      width: 'minmax(8rem, 2fr)',
      wideOnly: true,
      cell: row => (
        <SafeText
          cut
          text={row.bytes === undefined ? row.reason : `${format.bytes(row.bytes)} · ${row.reason}`}
        />
      ),
    },
  ]
}

function Whole(): ReactNode {
  const texts = useTexts(people).audit
  const format = useFormat()
  const toast = useToast()
  const look = async (): Promise<void> => {
    try {
      const { lines, problems } = await api.access.verify()
      const isWhole = problems.length === 0
      const text = isWhole ? texts.whole(format.number(lines)) : texts.broken(problems.length)
      toast.show({ text, look: isWhole ? 'good' : 'bad' })
    } catch (error) {
      toast.fail(error)
    }
  }
  return (
    <Button icon="shield" onClick={() => void look()}>
      {texts.verify}
    </Button>
  )
}
