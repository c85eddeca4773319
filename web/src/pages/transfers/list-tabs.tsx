import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type Sorting, sortRows } from '../../ui/table-rows.ts'
import { useToast } from '../../ui/toast.tsx'
import css from './transfers.module.css'

interface TabProps {
  readonly content: string
}

type Source = Answer<'files.peers'>[number]

const values = {
  peer: (one: Source) => one.contact ?? one.address ?? one.peer,
  network: (one: Source) => one.network,
  path: (one: Source) => one.path,
  down: (one: Source) => one.downBytesPerSecond,
  up: (one: Source) => one.upBytesPerSecond,
  has: (one: Source) => one.progress,
}

/** Who exchanges it with us, over which network and which way. */
export function SourcesTab({ content }: TabProps): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const [sorting, setSorting] = useState<Sorting>({ by: 'down', down: true })
  const { data } = useValue('files.peers', { content }, { everyMs: 2_000 })
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="people" title={t.tabs.sources} text={t.noSources} />
  const speed = (bytes: number): string => (bytes < 1 ? '–' : format.rate(bytes))
  const columns: readonly Column<Source>[] = [
    {
      ...{ id: 'peer', title: t.peer, width: 'minmax(5rem, 2fr)', sortable: true },
      cell: one => (
        <span className={css.lineName}>
          <SafeText text={one.contact ?? one.address ?? one.peer} cut />
          <span className={css.sub}>
            <SafeText text={one.client ?? t.noClient} cut />
          </span>
        </span>
      ),
    },
    {
      ...{ id: 'network', title: t.network, width: '6.5rem', sortable: true },
      cell: one => <Badge>{t.networks[one.network]}</Badge>,
    },
    {
      ...{ id: 'path', title: t.path, width: 'minmax(6rem, 12rem)', sortable: true, wideOnly: true },
      cell: one => (
        <Badge tone={one.path === 'relayed' ? 'warn' : 'info'}>
          {one.punched ? t.punched : t.paths[one.path]}
        </Badge>
      ),
    },
    {
      ...{ id: 'down', title: t.columns.down, width: '5.5rem', sortable: true, end: true },
      cell: one => speed(one.downBytesPerSecond),
    },
    {
      ...{ id: 'up', title: t.columns.up, width: '5.5rem', sortable: true, end: true, wideOnly: true },
      cell: one => speed(one.upBytesPerSecond),
    },
    {
      ...{ id: 'has', title: t.has, width: '4rem', sortable: true, end: true, wideOnly: true },
      cell: one => format.percent(one.progress),
    },
  ]
  return (
    <div className={css.sources}>
      <Table
        rows={sortRows(data, sorting, values)}
        columns={columns}
        idOf={one => `${one.network} ${one.peer}`}
        label={t.tabs.sources}
        sorting={sorting}
        onSort={setSorting}
      />
    </div>
  )
}

const tones: Readonly<Record<Answer<'files.trackers'>[number]['state'], Tone>> = {
  idle: 'plain',
  working: 'info',
  ok: 'good',
  failed: 'bad',
  off: 'plain',
}

/** How others are found. */
export function TrackersTab({ content }: TabProps): ReactNode {
  const t = useTexts(transfers)
  const toast = useToast()
  const { data } = useValue('files.trackers', { content }, { everyMs: 5_000 })
  const announce = useAction('files.announce')
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="globe" title={t.tabs.trackers} text={t.noTrackers} />
  const isAnnounced = data.some(
    ({ kind, state }) => (kind === 'tracker' || kind === 'dht') && state !== 'off',
  )
  return (
    <>
      <ul className={css.lines}>
        {data.map(one => (
          <li key={one.name}>
            <span className={css.lineName}>
              <SafeText text={one.kind in t.ways ? t.ways[one.kind as keyof typeof t.ways] : one.name} cut />
              {one.message !== undefined && (
                <span className={css.sub}>
                  <SafeText text={one.message} />
                </span>
              )}
            </span>
            <Badge tone={tones[one.state]}>{t.trackerStates[one.state]}</Badge>
            <span className={css.soft}>
              {one.seeds !== undefined || one.leeches !== undefined
                ? t.counts(one.seeds ?? 0, one.leeches ?? 0)
                : t.found(one.peers)}
            </span>
          </li>
        ))}
      </ul>
      {isAnnounced && (
        <Button
          icon="refresh"
          busy={announce.isPending}
          onClick={() => announce.mutate({ content }, { onError: toast.fail })}
        >
          {t.askNow}
        </Button>
      )}
    </>
  )
}

type Fact = Answer<'files.facts'>[number]

/** What happened to it in this run, the latest first. */
export function LogTab({ content }: TabProps): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data } = useValue('files.facts', { content }, { everyMs: 5_000 })
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="history" title={t.tabs.log} text={t.noLog} />
  const rest = (fact: Fact): string => {
    if (fact.type === 'transfer.state') return t.states[fact.state]
    if (fact.type === 'error.occurred') return fact.message
    if (fact.type === 'file.completed' || fact.type === 'file.changed') return fact.path
    if (fact.type === 'peer.misbehaved') return fact.what
    return fact.type === 'peer.completed' ? fact.peer : ''
  }
  return (
    <ol className={css.lines}>
      {data
        .map((fact, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: facts have no other name, and only grow in number
          <li key={place}>
            <time className={css.soft}>{format.time(fact.at)}</time>
            <span className={css.lineName}>
              {fact.type in t.events ? t.events[fact.type as keyof typeof t.events] : fact.type}{' '}
              <SafeText text={rest(fact)} />
            </span>
          </li>
        ))
        .reverse()}
    </ol>
  )
}
