import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { logs } from '../../texts/logs.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type Entry, type Filter, type Level, levels, textOf, useEntries, useFound } from './entries.ts'
import css from './logs.module.css'

const tones: Readonly<Record<Level, Tone>> = { debug: 'plain', info: 'info', warn: 'warn', error: 'bad' }

/** The log as it grows: filtered, searched, held, taken along. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(logs)
  const format = useFormat()
  const { entries, isPaused, waiting, error, isLoaded, pause } = useEntries()
  const [filter, setFilter] = useState<Filter>({ level: 'debug', room: '', words: '' })
  const [opened, setOpened] = useState<Entry>()
  const found = useFound(entries, filter)
  return (
    <div className={css.page}>
      <PageHeading title={pages.logs} lead={texts.lead} />
      <Filters entries={entries} filter={filter} onChange={setFilter} />
      <div className={css.bar}>
        <Button icon={isPaused ? 'play' : 'pause'} onClick={() => pause(!isPaused)} aria-pressed={isPaused}>
          {isPaused ? texts.resume : texts.pause}
        </Button>
        {isPaused && waiting > 0 && <Badge tone="accent">{texts.waiting(format.number(waiting))}</Badge>}
        <TakeAlong found={found} />
        <span className={css.soft} role="status">
          {texts.shown(format.number(found.length), format.number(entries.length))}
        </span>
      </div>
      {error !== undefined && <ErrorState error={error} />}
      {!isLoaded && error === undefined && <Loading />}
      {isLoaded && found.length === 0 && (
        <EmptyState icon="logs" title={texts.nothing} text={texts.nothingHint} />
      )}
      {found.length > 0 && <Entries found={found} opened={opened} onOpen={setOpened} />}
      {opened !== undefined && <Opened entry={opened} onClose={() => setOpened(undefined)} />}
      <Recorded />
    </div>
  )
}

interface FiltersProps {
  readonly entries: readonly Entry[]
  readonly filter: Filter
  readonly onChange: (filter: Filter) => void
}

function Filters({ entries, filter, onChange }: FiltersProps): ReactNode {
  const texts = useTexts(logs)
  const rooms = [...new Set([...entries.map(({ room }) => room), filter.room])].filter(Boolean).sort()
  return (
    <div className={css.filters}>
      <TextField
        label={texts.search}
        type="search"
        value={filter.words}
        onChange={words => onChange({ ...filter, words })}
      />
      <Select
        label={texts.level}
        value={filter.level}
        options={levels.map(value => ({ value, label: texts.levels[value] }))}
        onChange={level => onChange({ ...filter, level })}
      />
      <Select
        label={texts.room}
        value={filter.room}
        options={[{ value: '', label: texts.anyRoom }, ...rooms.map(room => ({ value: room, label: room }))]}
        onChange={room => onChange({ ...filter, room })}
      />
    </div>
  )
}

function TakeAlong({ found }: { readonly found: readonly Entry[] }): ReactNode {
  const texts = useTexts(logs)
  const toast = useToast()
  const copy = (): void =>
    void navigator.clipboard
      .writeText(textOf(found))
      .then(() => toast.show({ text: texts.copied, look: 'good' }), toast.fail)
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([`${textOf(found)}\n`], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'peerage-log.txt'
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  }
  return (
    <>
      <Button icon="copy" disabled={found.length === 0} onClick={copy}>
        {texts.copy}
      </Button>
      <Button icon="download" disabled={found.length === 0} onClick={save}>
        {texts.download}
      </Button>
    </>
  )
}

interface EntriesProps {
  readonly found: readonly Entry[]
  readonly opened: Entry | undefined
  readonly onOpen: (entry: Entry) => void
}

function Entries({ found, opened, onOpen }: EntriesProps): ReactNode {
  const texts = useTexts(logs)
  const format = useFormat()
  const columns: readonly Column<Entry>[] = [
    {
      id: 'time',
      title: texts.time,
      width: '7rem',
      cell: ({ at }) => <time title={format.dateTime(at)}>{format.time(at)}</time>,
    },
    {
      id: 'level',
      title: texts.level,
      width: '6.5rem',
      cell: ({ level }) => <Badge tone={tones[level]}>{texts.levelNames[level]}</Badge>,
    },
    {
      id: 'room',
      title: texts.room,
      width: '6rem',
      wideOnly: true,
      cell: ({ room }) => <SafeText cut text={room} />,
    },
    {
      id: 'what',
      title: texts.what,
      width: 'minmax(8rem, 1fr)',
      cell: ({ message }) => <SafeText cut text={message} />,
    },
    {
      id: 'details',
      title: texts.details,
      width: 'minmax(8rem, 1.4fr)',
      wideOnly: true,
      cell: ({ details }) => (
        <code className={css.details}>{details !== '' && <SafeText cut text={details} />}</code>
      ),
    },
  ]
  return (
    <div className={css.table}>
      <Table
        label={texts.list}
        rows={found}
        columns={columns}
        rowHeight={40}
        idOf={({ sequence }) => String(sequence)}
        opened={opened && String(opened.sequence)}
        onOpen={onOpen}
      />
    </div>
  )
}

function Opened({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }): ReactNode {
  const texts = useTexts(logs)
  const format = useFormat()
  return (
    <Card
      title={texts.opened}
      aside={
        <Button small icon="close" onClick={onClose}>
          {texts.close}
        </Button>
      }
    >
      <p>
        {format.dateTime(entry.at)} · {texts.levelNames[entry.level]} · {entry.room}
      </p>
      <p>
        <SafeText text={entry.message} />
      </p>
      {entry.details !== '' && (
        <p className={css.whole}>
          <SafeText text={entry.details} />
        </p>
      )}
    </Card>
  )
}

/** What is written at all, and where. */
function Recorded(): ReactNode {
  const texts = useTexts(logs)
  const level = useValue('config.get', { key: 'daemon.logLevel' })
  const status = useValue('daemon.status')
  const set = useAction('config.set')
  const value = level.data?.value
  return (
    <div className={css.recorded}>
      {levels.includes(value as Level) && (
        <Select
          label={texts.recorded}
          hint={texts.recordedHint}
          problem={set.error?.message}
          value={value as Level}
          options={levels.map(one => ({ value: one, label: texts.levels[one] }))}
          onChange={next => set.mutate({ key: 'daemon.logLevel', value: next })}
        />
      )}
      {status.data !== undefined && (
        <p className={css.soft}>
          <SafeText text={texts.file(status.data.home)} />
        </p>
      )}
    </div>
  )
}
