import { type ReactNode, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { refresh, useAction, useValue } from '../../api/hooks.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { Link, navigate } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { Audit } from './audit.tsx'
import { CompareKeys } from './compare-keys.tsx'
import { Standing } from './contacts.tsx'
import css from './people.module.css'
import { SharedFrom } from './shared-from.tsx'
import { SharedWith } from './shared-with.tsx'

type Details = Answer<'contacts.show'>

/** Everything about one person. */
export function ContactPage({ peer }: { readonly peer: string }): ReactNode {
  const texts = useTexts(people)
  const { data, error, refetch } = useValue('contacts.show', { who: peer })
  const [dialog, setDialog] = useState<'edit' | 'verify'>()
  const close = (): void => setDialog(undefined)
  return (
    <div className={css.page}>
      <Link to="/people/contacts">{texts.back}</Link>
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <>
          <div className={css.who}>
            <Avatar name={data.name} id={data.peer} size={64} />
            <PageHeading title={visibleText(data.name)} lead={<Standing contact={data} />} />
          </div>
          {data.note !== undefined && (
            <p>
              <SafeText text={data.note} />
            </p>
          )}
          <Actions details={data} onEdit={() => setDialog('edit')} onVerify={() => setDialog('verify')} />
          <SharedWith peer={data.peer} isThere={data.connected} />
          <SharedFrom peer={data.peer} />
          <Card title={texts.contact.circles}>
            {data.circles.length === 0 ? (
              <p className={css.soft}>{texts.contact.noCircles}</p>
            ) : (
              <p className={css.actions}>
                {data.circles.map(({ id, name }) => (
                  <Link key={id} to={`/people/circles/${id}`} className={buttonClass('plain')}>
                    <SafeText cut text={name} />
                  </Link>
                ))}
              </p>
            )}
          </Card>
          <Technical details={data} />
          <Card title={texts.contact.log}>
            <Audit peer={data.peer} />
          </Card>
          {dialog === 'edit' && <Edit details={data} onClose={close} />}
          {dialog === 'verify' && <CompareKeys details={data} onClose={close} />}
        </>
      )}
    </div>
  )
}

interface ActionsProps {
  readonly details: Details
  readonly onEdit: () => void
  readonly onVerify: () => void
}

function Actions({ details, onEdit, onVerify }: ActionsProps): ReactNode {
  const texts = useTexts(people).contact
  const toast = useToast()
  const block = useAction('contacts.block')
  const unblock = useAction('contacts.unblock')
  const { peer, name, trust } = details
  const shown = visibleText(name)
  const onError = (error: unknown): void => toast.fail(error)
  const lift = (): void =>
    unblock.mutate(
      { who: peer },
      { onSuccess: () => toast.show({ text: texts.unblocked(shown), look: 'good' }), onError },
    )
  return (
    <div className={css.actions}>
      {trust !== 'blocked' && (
        <Button icon="shield" look={trust === 'verified' ? 'plain' : 'primary'} onClick={onVerify}>
          {texts.verify}
        </Button>
      )}
      <Button icon="edit" onClick={onEdit}>
        {texts.edit}
      </Button>
      {trust === 'blocked' ? (
        <Button busy={unblock.isPending} onClick={lift}>
          {texts.unblock}
        </Button>
      ) : (
        <Button
          icon="lock"
          busy={block.isPending}
          onClick={() =>
            block.mutate(
              { who: peer },
              { onSuccess: () => toast.show({ text: texts.blocked(shown), onUndo: lift }), onError },
            )
          }
        >
          {texts.block}
        </Button>
      )}
      <Button
        look="danger"
        icon="remove"
        onClick={() => {
          toast.show({
            text: texts.removed(shown),
            onUndo: () => navigate(`/people/contacts/${peer}`),
            onGone: () =>
              void api.contacts
                .remove({ who: peer })
                .then(() => refresh('contacts'))
                .catch(onError),
          })
          navigate('/people/contacts')
        }}
      >
        {texts.remove}
      </Button>
    </div>
  )
}

function Technical({ details }: { readonly details: Details }): ReactNode {
  const texts = useTexts(people)
  const { peer, addresses, devices } = details
  return (
    <details className={css.details}>
      <summary>{texts.contact.details}</summary>
      <div className={css.stack}>
        <p>
          {texts.peerId}: <code className={css.long}>{peer}</code> <Copy small text={peer} />
        </p>
        <Lines title={texts.contact.addresses} lines={addresses.map(text => ({ text }))} />
        <Lines
          title={texts.contact.devices}
          lines={devices.map(({ device, revoked }) => ({ text: device, isOver: revoked }))}
        />
      </div>
    </details>
  )
}

interface LinesProps {
  readonly title: string
  readonly lines: readonly { readonly text: string; readonly isOver?: boolean }[]
}

function Lines({ title, lines }: LinesProps): ReactNode {
  const texts = useTexts(people).contact
  if (lines.length === 0) return null
  return (
    <div>
      <h3>{title}</h3>
      <ul className={css.list}>
        {lines.map(({ text, isOver }) => (
          <li key={text}>
            <code>
              <SafeText text={text} />
            </code>{' '}
            {isOver && <Badge tone="bad">{texts.revoked}</Badge>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Edit({ details, onClose }: { readonly details: Details; readonly onClose: () => void }): ReactNode {
  const texts = useTexts(people)
  const [name, setName] = useState(details.name)
  const [note, setNote] = useState(details.note ?? '')
  const [error, setError] = useState<unknown>()
  const save = async (): Promise<void> => {
    try {
      if (name !== details.name) await api.contacts.rename({ who: details.peer, name })
      if (note !== (details.note ?? '')) await api.contacts.note({ who: details.peer, text: note })
      await refresh('contacts')
      onClose()
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.contact.edit}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button look="primary" onClick={() => void save()}>
            {texts.save}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <TextField label={texts.contacts.name} value={name} onChange={setName} />
        <TextArea label={texts.contact.note} hint={texts.contact.noteHint} value={note} onChange={setNote} />
        {error !== undefined && <ErrorState error={error} />}
      </div>
    </Dialog>
  )
}
