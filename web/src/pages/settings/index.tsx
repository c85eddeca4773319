import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { RestartNotice } from '../../app/restart.tsx'
import { useRoute } from '../../app/router.tsx'
import { settings } from '../../texts/settings.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Appearance } from './appearance.tsx'
import { type SettingTexts, useSettingTexts } from './descriptions.ts'
import { Preset } from './preset.tsx'
import { RemoteAccess } from './remote.tsx'
import { nameOf, SettingRow } from './setting-row.tsx'
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
  const { query } = useRoute()
  const [words, setWords] = useState(() => query.get('search') ?? '')
  const asked = query.get('search')
  useEffect(() => {
    if (asked !== null) setWords(asked)
  }, [asked])
  const { data, error, refetch } = useValue('config.list')
  const translated = useSettingTexts()
  const groups = useMemo(() => groupsOf(data ?? [], words, translated), [data, words, translated])
  const preset = data?.find(({ key }) => key === 'preset')
  return (
    <>
      <PageHeading title={pages.settings} lead={texts.lead} />
      <RestartNotice />
      <div className={css.search}>
        <TextField label={texts.search} type="search" value={words} onChange={setWords} />
      </div>
      {error !== null && data === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && groups.length === 0 && (
        <EmptyState icon="settings" title={texts.nothing} text={texts.nothingHint} />
      )}
      <div className={css.stack}>
        {words === '' && (
          <>
            {preset !== undefined && <Preset entry={preset} />}
            <Appearance />
          </>
        )}
        {groups.map(([section, entries]) => (
          <Card
            key={section}
            title={(texts.sections as Readonly<Record<string, string>>)[section] ?? section}
          >
            {section === 'remote' && <RemoteAccess />}
            {entries.map(entry => (
              <SettingRow
                key={entry.key}
                entry={entry}
                name={translated?.names[entry.key]}
                description={translated && (translated.descriptions[entry.key] ?? entry.description)}
              />
            ))}
          </Card>
        ))}
      </div>
    </>
  )
}

/** Those that have all the words, by their section. */
function groupsOf(
  entries: readonly Entry[],
  words: string,
  translated: SettingTexts | undefined,
): [string, Entry[]][] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found = entries.filter(({ key, description }) => {
    const { names, descriptions } = translated ?? {}
    const text =
      `${key} ${nameOf(key)} ${description} ${names?.[key] ?? ''} ${descriptions?.[key] ?? ''}`.toLowerCase()
    // Without words to look for, it has a card of its own.
    return (words !== '' || key !== 'preset') && wanted.every(word => text.includes(word))
  })
  const groups = Map.groupBy(found, ({ key }) => key.split('.')[0]!)
  const place = (section: string): number => (first.includes(section) ? first.indexOf(section) : first.length)
  return [...groups].sort(([a], [b]) => place(a) - place(b))
}
