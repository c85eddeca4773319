import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, useRoute } from '../../app/router.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { AllowSomebody } from './allow-somebody.tsx'
import { type Rule, useRuleChanges } from './change-rules.ts'
import { EditRule } from './edit-rule.tsx'
import { Explain } from './explain.tsx'
import { Grants } from './grants.tsx'
import css from './people.module.css'

type Details = Answer<'access.show'>

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
          <AllowSomebody details={data} />
          <Grants resource={resource} />
          <Explain resource={resource} person={query.get('who') ?? ''} />
          <Used details={data} />
        </>
      )}
    </div>
  )
}

function Rules({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).permissions
  const [edited, setEdited] = useState<Rule>()
  return (
    <Card title={texts.rules}>
      {details.rules.length === 0 ? (
        <p className={css.soft}>{texts.nobody}</p>
      ) : (
        <ul className={css.list}>
          {details.rules.map(rule => (
            <Row key={JSON.stringify(rule)} rule={rule} details={details} onEdit={() => setEdited(rule)} />
          ))}
        </ul>
      )}
      {edited !== undefined && (
        <EditRule details={details} rule={edited} onClose={() => setEdited(undefined)} />
      )}
    </Card>
  )
}

interface RowProps {
  readonly rule: Rule
  readonly details: Details
  readonly onEdit: () => void
}

function Row({ rule, details, onEdit }: RowProps): ReactNode {
  const texts = useTexts(people).permissions
  const { subjectText, limitTexts } = useRuleTexts()
  const format = useFormat()
  const changes = useRuleChanges(details)
  const [isBusy, setBusy] = useState(false)
  const { subject, who, effect, actions, limits } = rule
  const name = subjectText(subject, who)
  const what = format.list(actions.map(one => texts.actions[one]))
  return (
    <li className={css.row}>
      <span className={css.words}>
        <SafeText cut text={name} />
        <span className={css.soft}>{[what, ...limitTexts(limits)].join(' · ')}</span>
      </span>
      <Badge tone={effect === 'allow' ? 'good' : 'bad'}>{texts.effect[effect]}</Badge>
      <IconButton small icon="edit" label={texts.editRule(visibleText(name))} onClick={onEdit} />
      <Button
        small
        busy={isBusy}
        onClick={() => {
          setBusy(true)
          void changes.remove(subject, texts.took).then(() => setBusy(false))
        }}
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
              {texts.usedBytes(format.bytes(one.bytes), format.bytes(one.bytesToday))}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
