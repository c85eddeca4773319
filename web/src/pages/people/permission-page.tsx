import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, useRoute } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { AllowSomebody } from './allow-somebody.tsx'
import { Explain } from './explain.tsx'
import css from './people.module.css'
import { useRuleTexts } from './rule-texts.ts'

type Details = Answer<'access.show'>
type Rule = Details['rules'][number]

/** Who may do what with one share, and why. */
export function PermissionPage({ resource }: { readonly resource: string }): ReactNode {
  const texts = useTexts(people)
  const { query } = useRoute()
  const { data, error, refetch } = useValue('access.show', { resource })
  return (
    <div className={css.page}>
      <Link to="/people/permissions">{texts.back}</Link>
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <>
          <PageHeading title={visibleText(data.title)} />
          <Rules details={data} />
          <AllowSomebody resource={resource} />
          <Explain resource={resource} person={query.get('who') ?? ''} />
          <Used details={data} />
        </>
      )}
    </div>
  )
}

function Rules({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).permissions
  return (
    <Card title={texts.rules}>
      {details.rules.length === 0 ? (
        <p className={css.soft}>{texts.nobody}</p>
      ) : (
        <ul className={css.list}>
          {details.rules.map(rule => (
            <Row key={JSON.stringify(rule)} rule={rule} resource={details.resource} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function Row({ rule, resource }: { readonly rule: Rule; readonly resource: string }): ReactNode {
  const texts = useTexts(people).permissions
  const { subjectText, limitTexts } = useRuleTexts()
  const format = useFormat()
  const toast = useToast()
  const remove = useAction('access.remove')
  const { subject, who, effect, actions, limits } = rule
  const what = format.list(actions.map(one => texts.actions[one]))
  return (
    <li className={css.row}>
      <span className={css.words}>
        <SafeText cut text={subjectText(subject, who)} />
        <span className={css.soft}>{[what, ...limitTexts(limits)].join(' · ')}</span>
      </span>
      <Badge tone={effect === 'allow' ? 'good' : 'bad'}>{texts.effect[effect]}</Badge>
      <Button
        small
        busy={remove.isPending}
        onClick={() =>
          remove.mutate(
            { who: subject, resource },
            {
              onSuccess: () => toast.show({ text: texts.took, look: 'good' }),
              onError: error => toast.fail(error),
            },
          )
        }
      >
        {texts.take}
      </Button>
    </li>
  )
}

function Used({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).permissions
  const format = useFormat()
  const reset = useAction('access.reset')
  if (details.used.length === 0) return null
  return (
    <Card
      title={texts.used}
      aside={
        <Button small busy={reset.isPending} onClick={() => reset.mutate({ resource: details.resource })}>
          {texts.reset}
        </Button>
      }
    >
      <ul className={css.list}>
        {details.used.map(one => (
          <li key={`${one.subject} ${one.person}`} className={css.row}>
            <span className={css.words}>
              <SafeText cut text={one.name} />
            </span>
            <span className={css.soft}>
              {texts.bound.bytes(format.bytes(one.bytes))} ·{' '}
              {texts.bound.bytesADay(format.bytes(one.bytesToday))}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
