import { type ReactNode, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Grants } from './grants.tsx'
import css from './people.module.css'

const shownAtMost = 200

/** Everything that somebody may have, and who. */
export function Permissions(): ReactNode {
  const texts = useTexts(people)
  const format = useFormat()
  const { subjectText } = useRuleTexts()
  const { data, error, refetch } = useValue('access.list')
  const [search, setSearch] = useState('')
  const [isAll, setAll] = useState(false)
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const wanted = search.trim().toLowerCase()
  const rows = data
    .filter(({ resource }) => isAll || resource.startsWith('content:'))
    .filter(({ title, who }) => [title, ...who].some(text => text.toLowerCase().includes(wanted)))
  const named = (names: readonly string[]): string => {
    const shown = names.slice(0, 4).map(name => subjectText(name, name))
    return names.length === 0 ? texts.permissions.nobody : format.list(shown)
  }
  return (
    <div className={css.stack}>
      <div className={css.bar}>
        <TextField label={texts.search} type="search" value={search} onChange={setSearch} />
        <Checkbox label={texts.permissions.own} checked={isAll} onChange={setAll} />
      </div>
      {rows.length === 0 ? (
        <EmptyState icon="lock" title={texts.permissions.empty} text={texts.permissions.emptyText} />
      ) : (
        <Card>
          <ul className={css.list}>
            {rows.slice(0, shownAtMost).map(({ resource, title, who, denied }) => (
              <li key={resource} className={css.row}>
                <Icon name="lock" />
                <span className={css.words}>
                  <Link to={`/people/permissions/${encodeURIComponent(resource)}`}>
                    <SafeText cut text={title} />
                  </Link>
                  <span className={css.soft}>
                    <SafeText
                      cut
                      text={[
                        named(who),
                        ...(denied.length > 0 ? [texts.permissions.denied(named(denied))] : []),
                      ].join(' · ')}
                    />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Grants />
    </div>
  )
}
