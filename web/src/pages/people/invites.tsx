import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './people.module.css'

type Invite = Answer<'invites.list'>[number]

/** What was given out, and what became of it. */
export function Invites(): ReactNode {
  const texts = useTexts(people).invites
  const { data, error, refetch } = useValue('invites.list', {}, { everyMs: 30_000 })
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  if (data.length === 0) return <EmptyState icon="link" title={texts.empty} text={texts.emptyText} />
  return (
    <Card>
      <ul className={css.list}>
        {data.map(one => (
          <Row key={one.id} invite={one} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ invite }: { readonly invite: Invite }): ReactNode {
  const texts = useTexts(people).invites
  const toast = useToast()
  const cancel = useAction('invites.cancel')
  const { id, by, gives, titles, petname, ended, triesLeft } = invite
  const title = titles.join(', ')
  const what =
    gives.kind === 'contact'
      ? texts.contact
      : gives.kind === 'files'
        ? `${texts.files}: ${title}`
        : texts[gives.kind](title)
  return (
    <li className={css.row}>
      <Icon name={by === 'link' ? 'link' : 'chat'} label={by === 'link' ? texts.link : texts.code} />
      <span className={css.words}>
        <SafeText cut text={what} />
        {petname !== undefined && (
          <span className={css.soft}>
            <SafeText cut text={petname} />
          </span>
        )}
      </span>
      {triesLeft !== undefined && triesLeft < 3 && <Badge tone="warn">{texts.tries(triesLeft)}</Badge>}
      <Badge tone={ended === undefined ? 'info' : ended === 'used' ? 'good' : 'plain'}>
        <InviteState invite={invite} />
      </Badge>
      {ended === undefined && (
        <Button
          small
          busy={cancel.isPending}
          onClick={() =>
            cancel.mutate(
              { id },
              {
                onSuccess: () => toast.show({ text: texts.tookBack, look: 'good' }),
                onError: error => toast.fail(error),
              },
            )
          }
        >
          {texts.takeBack}
        </Button>
      )}
    </li>
  )
}

/** What became of one so far. */
export function InviteState({ invite }: { readonly invite: Invite }): ReactNode {
  const { ended, usedBy, usedByName, given, expires } = invite
  const texts = useTexts(people)
  const format = useFormat()
  const { state } = texts.invites
  if (ended === undefined) return state.open(format.ago(expires))
  if (ended !== 'used') return state[ended]
  const name = usedByName ?? (usedBy === undefined ? texts.stranger : `…${usedBy.slice(-8)}`)
  return <SafeText text={given ? state.used(name) : state.inVain(name)} />
}
