import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { grants } from '../../texts/grants.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { GiveGrant } from './give-grant.tsx'
import { KeepGrant } from './keep-grant.tsx'
import css from './people.module.css'

type GrantRow = Answer<'grants.list'>[number]

interface GrantsProps {
  /** Only those on this one, which may be given here, too. */
  readonly resource?: string
}

/** Permissions in writing: what was given, what is held, until when; and the way to take them back. */
export function Grants({ resource }: GrantsProps): ReactNode {
  const texts = useTexts(grants)
  const { data } = useValue('grants.list')
  const [dialog, setDialog] = useState<'give' | 'keep'>()
  const close = (): void => setDialog(undefined)
  const rows = (data ?? []).filter(one => resource === undefined || one.resource === resource)
  return (
    <Card
      title={texts.title}
      aside={
        resource === undefined ? (
          <Button small icon="download" onClick={() => setDialog('keep')}>
            {texts.keep}
          </Button>
        ) : (
          <Button small icon="plus" onClick={() => setDialog('give')}>
            {texts.give}
          </Button>
        )
      }
    >
      <p className={css.soft}>{texts.what}</p>
      {rows.length > 0 && (
        <ul className={css.list} aria-label={texts.title}>
          {rows.map(one => (
            <Row key={one.id} grant={one} isNamed={resource === undefined} />
          ))}
        </ul>
      )}
      {dialog === 'give' && resource !== undefined && <GiveGrant resource={resource} onClose={close} />}
      {dialog === 'keep' && <KeepGrant onClose={close} />}
    </Card>
  )
}

function Row({ grant, isNamed }: { readonly grant: GrantRow; readonly isNamed: boolean }): ReactNode {
  const texts = useTexts(grants)
  const { actions: names } = useTexts(people).permissions
  const { limitTexts } = useRuleTexts()
  const format = useFormat()
  const toast = useToast()
  const revoke = useAction('grants.revoke')
  const { id, way, name, ownerName, title, resource, actions, limits, delegate } = grant
  const said = [
    format.list(actions.map(one => names[one])),
    ...limitTexts(limits),
    ...(delegate > 0 ? [texts.passedOn(delegate)] : []),
  ]
  return (
    <li className={css.row}>
      <span className={css.words}>
        <span>
          <SafeText text={way === 'given' ? name : texts.from(visibleText(ownerName))} />
          {isNamed && (
            <>
              {': '}
              {way === 'given' ? (
                <Link to={`/people/permissions/${encodeURIComponent(resource)}`}>
                  <SafeText text={title} />
                </Link>
              ) : (
                <SafeText text={title} />
              )}
            </>
          )}
        </span>
        <span className={css.soft}>{said.join(' · ')}</span>
      </span>
      <Badge tone={way === 'given' ? 'info' : 'good'}>{texts.ways[way]}</Badge>
      {way === 'given' && (
        <Button
          small
          aria-label={texts.revokeOf(visibleText(name))}
          busy={revoke.isPending}
          onClick={() =>
            revoke.mutate(
              { grant: id },
              {
                onSuccess: () => toast.show({ text: texts.revoked, look: 'good' }),
                onError: error => toast.fail(error),
              },
            )
          }
        >
          {texts.revoke}
        </Button>
      )}
    </li>
  )
}
