import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './transfers.module.css'

interface TabProps {
  readonly content: string
}

/** Who exchanges it with us, over which network and which way. */
export function SourcesTab({ content }: TabProps): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data } = useValue('files.peers', { content }, { everyMs: 2_000 })
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="people" title={t.tabs.sources} text={t.noSources} />
  return (
    <ul className={css.lines}>
      {data.slice(0, 500).map(one => (
        <li key={one.peer}>
          <span className={css.lineName}>
            <SafeText text={one.contact ?? one.address ?? one.peer} cut />
            {one.client !== undefined && (
              <span className={css.soft}>
                <SafeText text={one.client} cut />
              </span>
            )}
          </span>
          <Badge>{t.networks[one.network]}</Badge>
          <Badge tone={one.path === 'relayed' ? 'warn' : 'info'}>
            {one.punched ? t.punched : t.paths[one.path]}
          </Badge>
          <span className={css.soft}>
            {`↓ ${format.rate(one.downBytesPerSecond)} · ↑ ${format.rate(one.upBytesPerSecond)} · ${format.percent(one.progress)}`}
          </span>
        </li>
      ))}
    </ul>
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
  const { data } = useValue('files.trackers', { content }, { everyMs: 5_000 })
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="globe" title={t.tabs.trackers} text={t.noTrackers} />
  return (
    <ul className={css.lines}>
      {data.map(one => (
        <li key={one.name}>
          <span className={css.lineName}>
            <SafeText text={one.name} cut />
            {one.message !== undefined && (
              <span className={css.soft}>
                <SafeText text={one.message} />
              </span>
            )}
          </span>
          <Badge tone={tones[one.state]}>{t.trackerStates[one.state]}</Badge>
          <span className={css.soft}>{t.found(one.peers)}</span>
        </li>
      ))}
    </ul>
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
