import { type ReactNode, useMemo, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { settings } from '../../texts/settings.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { RemoteAccess } from './remote.tsx'
import { SettingRow } from './setting-row.tsx'
import css from './settings.module.css'

type Entry = Answer<'config.list'>[number]

/** What people look for most stands first. */
const first = [
  'preset',
  'files',
  'limits',
  'network',
  'access',
  'relay',
  'bittorrent',
  'ipfs',
  'gateway',
  'remote',
]

/** Every value of the configuration, as its schema describes it. */
export function Page(): ReactNode {
  const { pages } = useTexts(shell)
  const texts = useTexts(settings)
  const [words, setWords] = useState('')
  const { data, error, refetch } = useValue('config.list')
  const groups = useMemo(() => groupsOf(data ?? [], words), [data, words])
  const pending = (data ?? []).filter(({ isPending }) => isPending).length
  return (
    <>
      <PageHeading title={pages.settings} lead={texts.lead} />
      <div className={css.search}>
        <TextField label={texts.search} type="search" value={words} onChange={setWords} />
      </div>
      {pending > 0 && (
        <p role="status">
          <Badge tone="warn">{texts.pending(pending)}</Badge>
        </p>
      )}
      {error !== null && data === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && groups.length === 0 && (
        <EmptyState icon="settings" title={texts.nothing} text={texts.nothingHint} />
      )}
      <div className={css.stack}>
        {groups.map(([section, entries]) => (
          <Card
            key={section}
            title={(texts.sections as Readonly<Record<string, string>>)[section] ?? section}
          >
            {section === 'remote' && <RemoteAccess />}
            {entries.map(entry => (
              <SettingRow key={entry.key} entry={entry} />
            ))}
          </Card>
        ))}
      </div>
    </>
  )
}

/** Those that have all the words, by their section. */
function groupsOf(entries: readonly Entry[], words: string): [string, Entry[]][] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found = entries.filter(({ key, description }) => {
    const text = `${key} ${description}`.toLowerCase()
    return wanted.every(word => text.includes(word))
  })
  const groups = Map.groupBy(found, ({ key }) => key.split('.')[0]!)
  const place = (section: string): number => (first.includes(section) ? first.indexOf(section) : first.length)
  return [...groups].sort(([a], [b]) => place(a) - place(b))
}
