import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, navigate } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { NameDialog } from './circles.tsx'
import { NewInvite } from './new-invite.tsx'
import css from './people.module.css'

type Details = Answer<'circles.show'>
type Person = Details['people'][number]
type Role = Person['role']

const roles: readonly Role[] = ['admin', 'member', 'guest']

export function CirclePage({ circle }: { readonly circle: string }): ReactNode {
  const texts = useTexts(people)
  const { data, error, refetch } = useValue('circles.show', { circle })
  return (
    <div className={css.page}>
      <Link to="/people/circles">{texts.back}</Link>
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <Shown details={data} />
      )}
    </div>
  )
}

function Shown({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).circles
  const [dialog, setDialog] = useState<'invite' | 'rename' | 'leave'>()
  const toast = useToast()
  const leave = useAction('circles.leave')
  const forget = useAction('circles.forget')
  const { id, name, role, members } = details
  const isAdmin = role === 'admin'
  const shown = visibleText(name)
  const close = (): void => setDialog(undefined)
  const onError = (error: unknown): void => toast.fail(error)
  const leaveNow = (): void => leave.mutate({ circle: id }, { onSuccess: close, onError })
  const forgetNow = (): void =>
    forget.mutate({ circle: id }, { onSuccess: () => navigate('/people/circles'), onError })
  return (
    <>
      <PageHeading
        title={shown}
        lead={`${texts.members(members)} · ${role === undefined ? texts.outside : texts.role[role]}`}
      >
        {isAdmin && (
          <Button look="primary" icon="plus" onClick={() => setDialog('invite')}>
            {texts.invite}
          </Button>
        )}
        <Button icon="edit" onClick={() => setDialog('rename')}>
          {texts.rename}
        </Button>
        {role === undefined ? (
          <Button look="danger" onClick={forgetNow}>
            {texts.forget}
          </Button>
        ) : (
          <Button look="danger" onClick={() => setDialog('leave')}>
            {texts.leave}
          </Button>
        )}
      </PageHeading>
      <Members details={details} isAdmin={isAdmin} />
      {isAdmin && <AddMember details={details} />}
      <News details={details} />
      {dialog === 'invite' && <NewInvite circle={id} onClose={close} />}
      {dialog === 'rename' && <Rename details={details} isAdmin={isAdmin} onClose={close} />}
      <ConfirmDialog
        open={dialog === 'leave'}
        title={texts.leave}
        action={texts.leave}
        danger
        busy={leave.isPending}
        onConfirm={leaveNow}
        onClose={close}
      >
        {texts.leaveText}
      </ConfirmDialog>
    </>
  )
}

function useNames(): (who: {
  readonly name?: string
  readonly self?: true
  readonly peer: string
}) => string {
  const { you } = useTexts(people)
  return ({ name, self, peer }) => (self ? you : (name ?? `…${peer.slice(-8)}`))
}

interface MembersProps {
  readonly details: Details
  readonly isAdmin: boolean
}

function Members({ details, isAdmin }: MembersProps): ReactNode {
  const texts = useTexts(people).circles
  const nameOf = useNames()
  const toast = useToast()
  const giveRole = useAction('circles.role')
  const remove = useAction('circles.remove')
  const [leaving, setLeaving] = useState<Person>()
  const name = leaving === undefined ? '' : visibleText(nameOf(leaving))
  return (
    <Card title={texts.people}>
      <ul className={css.list}>
        {details.people.map(one => (
          <li key={one.peer} className={css.row}>
            <Avatar name={nameOf(one)} id={one.peer} />
            <span className={css.words}>
              {one.name !== undefined && one.self === undefined ? (
                <Link to={`/people/contacts/${one.peer}`}>
                  <SafeText cut text={one.name} />
                </Link>
              ) : (
                <SafeText cut text={nameOf(one)} />
              )}
            </span>
            {isAdmin && one.self === undefined ? (
              <>
                <Select
                  hideLabel
                  label={texts.roleOf(visibleText(nameOf(one)))}
                  value={one.role}
                  options={roles.map(value => ({ value, label: texts.role[value] }))}
                  onChange={role =>
                    giveRole.mutate(
                      { circle: details.id, who: one.peer, role },
                      { onError: error => toast.fail(error) },
                    )
                  }
                />
                <Button small icon="remove" onClick={() => setLeaving(one)}>
                  {texts.remove}
                </Button>
              </>
            ) : (
              <Badge tone={one.role === 'admin' ? 'accent' : 'plain'}>{texts.role[one.role]}</Badge>
            )}
          </li>
        ))}
      </ul>
      <p className={css.soft}>{texts.roleHint}</p>
      <ConfirmDialog
        open={leaving !== undefined}
        title={texts.removeTitle(name)}
        action={texts.remove}
        danger
        busy={remove.isPending}
        onConfirm={() =>
          remove.mutate(
            { circle: details.id, who: [leaving!.peer] },
            { onSuccess: () => setLeaving(undefined), onError: error => toast.fail(error) },
          )
        }
        onClose={() => setLeaving(undefined)}
      >
        {texts.removeText(name, visibleText(details.name))}
      </ConfirmDialog>
    </Card>
  )
}

function AddMember({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).circles
  const contacts = useValue('contacts.list')
  const add = useAction('circles.add')
  const [who, setWho] = useState('')
  const [role, setRole] = useState<Role>('member')
  const inside = new Set(details.people.map(({ peer }) => peer))
  const others = (contacts.data ?? []).filter(({ peer, trust }) => !inside.has(peer) && trust !== 'blocked')
  const chosen = others.some(({ peer }) => peer === who) ? who : (others[0]?.peer ?? '')
  return (
    <Card title={texts.add}>
      {others.length === 0 ? (
        <p className={css.soft}>{texts.nobody}</p>
      ) : (
        <div className={css.bar}>
          <Select
            label={texts.who}
            value={chosen}
            onChange={setWho}
            options={others.map(({ peer, name }) => ({ value: peer, label: visibleText(name) }))}
          />
          <Select
            label={texts.roleOf('')}
            hideLabel
            value={role}
            onChange={setRole}
            options={roles.map(value => ({ value, label: texts.role[value] }))}
          />
          <Button
            look="primary"
            busy={add.isPending}
            onClick={() => add.mutate({ circle: details.id, who: [chosen], role })}
          >
            {texts.addAction}
          </Button>
        </div>
      )}
      {add.error !== null && <ErrorState error={add.error} />}
    </Card>
  )
}

interface RenameProps extends MembersProps {
  readonly onClose: () => void
}

/** For everybody when the user may, else on this machine only. */
function Rename({ details, isAdmin, onClose }: RenameProps): ReactNode {
  const texts = useTexts(people).circles
  const [name, setName] = useState(details.name)
  const rename = useAction('circles.rename')
  return (
    <NameDialog
      title={texts.rename}
      label={texts.name}
      name={name}
      onName={setName}
      busy={rename.isPending}
      error={rename.error}
      onClose={onClose}
      onSave={() =>
        rename.mutate({ circle: details.id, name, ...(!isAdmin && { here: true }) }, { onSuccess: onClose })
      }
    />
  )
}

function News({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people).circles
  const format = useFormat()
  const nameOf = useNames()
  return (
    <details className={css.details}>
      <summary>{texts.news}</summary>
      <ul className={css.list}>
        {details.news.map(({ id, by, at, name, changes }) => (
          <li key={id} className={css.row}>
            <span className={css.words}>
              {name !== undefined && <SafeText text={texts.named(nameOf(by), name)} />}
              {changes.map(one => (
                <SafeText
                  key={one.peer}
                  text={texts.changed(nameOf(by), nameOf(one), texts.role[one.role])}
                />
              ))}
            </span>
            {at !== undefined && <span className={css.soft}>{format.dateTime(at)}</span>}
          </li>
        ))}
      </ul>
    </details>
  )
}
