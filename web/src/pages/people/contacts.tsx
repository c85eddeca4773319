import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { ContactBook } from './contact-book.tsx'
import css from './people.module.css'

type Contact = Answer<'contacts.list'>[number]

/** Everybody that the user knows, those who are there first. */
export function Contacts(): ReactNode {
  const texts = useTexts(people)
  const { data, error, refetch } = useValue('contacts.list')
  const [search, setSearch] = useState('')
  const [isAdding, setAdding] = useState(false)
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const wanted = search.trim().toLowerCase()
  const fits = ({ name, note = '', peer }: Contact): boolean =>
    [name, note, peer].some(text => text.toLowerCase().includes(wanted))
  const rows = data.filter(fits).toSorted((a, b) => Number(b.connected) - Number(a.connected))
  return (
    <div className={css.stack}>
      {data.length > 0 && (
        <div className={css.bar}>
          <TextField label={texts.search} type="search" value={search} onChange={setSearch} />
          <Button icon="person" onClick={() => setAdding(true)}>
            {texts.contacts.add}
          </Button>
        </div>
      )}
      {data.length === 0 ? (
        <EmptyState icon="people" title={texts.contacts.empty} text={texts.contacts.emptyText}>
          <Button icon="person" onClick={() => setAdding(true)}>
            {texts.contacts.add}
          </Button>
        </EmptyState>
      ) : rows.length === 0 ? (
        <p className={css.soft}>{texts.contacts.none}</p>
      ) : (
        <Card>
          <ul className={css.list}>
            {rows.map(one => (
              <Row key={one.peer} contact={one} />
            ))}
          </ul>
        </Card>
      )}
      <div className={css.actions}>
        <ContactBook />
      </div>
      {isAdding && <AddContact onClose={() => setAdding(false)} />}
    </div>
  )
}

function Row({ contact }: { readonly contact: Contact }): ReactNode {
  const { peer, name, note, circles } = contact
  const more = [...circles.map(one => one.name), ...(note === undefined ? [] : [note.split('\n')[0]!])]
  return (
    <li className={css.row}>
      <Avatar name={name} id={peer} />
      <span className={css.words}>
        <Link to={`/people/contacts/${peer}`}>
          <SafeText cut text={name} />
        </Link>
        {more.length > 0 && (
          <span className={css.soft}>
            <SafeText cut text={more.join(' · ')} />
          </span>
        )}
      </span>
      <Standing contact={contact} />
    </li>
  )
}

/** Whether somebody is there, by which way, and what the user thinks of the key. */
export function Standing({
  contact,
}: {
  readonly contact: Pick<Contact, 'connected' | 'path' | 'seenAt' | 'trust'>
}): ReactNode {
  const texts = useTexts(people)
  const format = useFormat()
  const { connected, path, seenAt, trust } = contact
  return (
    <span className={css.badges}>
      {trust === 'verified' && (
        <Badge tone="accent" icon="check">
          {texts.contacts.verified}
        </Badge>
      )}
      {trust === 'blocked' && <Badge tone="bad">{texts.contacts.blocked}</Badge>}
      {connected ? (
        <Badge tone="good">
          {texts.contacts.online}
          {path !== undefined && ` · ${texts.path[path]}`}
        </Badge>
      ) : (
        <Badge>{seenAt === undefined ? texts.contacts.never : texts.contacts.seen(format.ago(seenAt))}</Badge>
      )}
    </span>
  )
}

function AddContact({ onClose }: { readonly onClose: () => void }): ReactNode {
  const texts = useTexts(people)
  const [peer, setPeer] = useState('')
  const [name, setName] = useState('')
  const add = useAction('contacts.add')
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.contacts.add}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button
            look="primary"
            busy={add.isPending}
            disabled={peer.trim() === '' || name.trim() === ''}
            onClick={() => add.mutate({ peer: peer.trim(), name }, { onSuccess: onClose })}
          >
            {texts.save}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <TextField label={texts.contacts.peer} value={peer} onChange={setPeer} />
        <TextField label={texts.contacts.name} value={name} onChange={setName} />
        {add.error !== null && <ErrorState error={add.error} />}
      </div>
    </Dialog>
  )
}
