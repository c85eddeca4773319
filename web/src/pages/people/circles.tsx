import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link, navigate } from '../../app/router.tsx'
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
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './people.module.css'

/** The circles of the user. */
export function Circles(): ReactNode {
  const texts = useTexts(people).circles
  const { data, error, refetch } = useValue('circles.list')
  const [isMaking, setMaking] = useState(false)
  const make = (
    <Button icon="plus" onClick={() => setMaking(true)}>
      {texts.create}
    </Button>
  )
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  return (
    <div className={css.stack}>
      {data.length === 0 ? (
        <EmptyState icon="circle" title={texts.empty} text={texts.emptyText}>
          {make}
        </EmptyState>
      ) : (
        <>
          <div className={css.actions}>{make}</div>
          <Card>
            <ul className={css.list}>
              {data.map(({ id, name, members, role }) => (
                <li key={id} className={css.row}>
                  <Avatar name={name} id={id} />
                  <span className={css.words}>
                    <Link to={`/people/circles/${id}`}>
                      <SafeText cut text={name} />
                    </Link>
                    <span className={css.soft}>{texts.members(members)}</span>
                  </span>
                  <Badge tone={role === 'admin' ? 'accent' : 'plain'}>
                    {role === undefined ? texts.outside : texts.role[role]}
                  </Badge>
                </li>
              ))}
            </ul>
          </Card>
        </>
      )}
      {isMaking && <NewCircle onClose={() => setMaking(false)} />}
    </div>
  )
}

function NewCircle({ onClose }: { readonly onClose: () => void }): ReactNode {
  const texts = useTexts(people)
  const [name, setName] = useState('')
  const create = useAction('circles.create')
  return (
    <NameDialog
      title={texts.circles.create}
      label={texts.circles.name}
      name={name}
      onName={setName}
      busy={create.isPending}
      error={create.error}
      onClose={onClose}
      onSave={() => create.mutate({ name }, { onSuccess: ({ id }) => navigate(`/people/circles/${id}`) })}
    />
  )
}

interface NameDialogProps {
  readonly title: string
  readonly label: string
  readonly name: string
  readonly onName: (name: string) => void
  readonly busy: boolean
  readonly error: unknown
  readonly onSave: () => void
  readonly onClose: () => void
}

/** Asks for a name. */
export function NameDialog(props: NameDialogProps): ReactNode {
  const texts = useTexts(people)
  const { title, label, name, onName, busy, error, onSave, onClose } = props
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button look="primary" busy={busy} disabled={name.trim() === ''} onClick={onSave}>
            {texts.save}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <TextField label={label} value={name} onChange={onName} />
        {error !== null && <ErrorState error={error} />}
      </div>
    </Dialog>
  )
}
