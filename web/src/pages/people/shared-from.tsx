import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './people.module.css'

/** What a person may fetch from here, and by which rule. */
export function SharedFrom({ peer }: { readonly peer: string }): ReactNode {
  const { contact: texts, permissions } = useTexts(people)
  const { subjectText, limitTexts } = useRuleTexts()
  // Without a rule there is a reason of another kind.
  const why = (subject: string, who: string): string =>
    (permissions.because as Readonly<Record<string, string>>)[subject] ?? texts.by(subjectText(subject, who))
  const { data, error, refetch } = useValue('access.of', { peer })
  return (
    <Card title={texts.sharesFrom}>
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : data.length === 0 ? (
        <p className={css.soft}>{texts.sharesFromEmpty}</p>
      ) : (
        <ul className={css.list}>
          {data.map(row => (
            <li key={row.resource} className={css.row}>
              <span className={css.words}>
                <SafeText cut text={row.title} />
                <span className={css.soft}>
                  <SafeText text={[why(row.subject, row.who), ...limitTexts(row.limits)].join(' · ')} />
                </span>
              </span>
              <Badge tone={row.allowed ? 'good' : 'bad'}>{row.allowed ? texts.may : texts.mayNot}</Badge>
              <Link
                to={`/people/permissions/${encodeURIComponent(row.resource)}?who=${peer}`}
                className={buttonClass('plain', true)}
              >
                {texts.change}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
