import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useStream } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

type Accepted = Extract<Answer<'invites.accept'>, { phase: 'accepted' }>

/** Takes an invite by its link, which may be known already, or by the words that somebody said. */
export function AcceptInvite({
  link = '',
  onClose,
}: {
  readonly link?: string
  readonly onClose: () => void
}): ReactNode {
  const texts = useTexts(people)
  const [text, setText] = useState(link)
  const [taken, setTaken] = useState<string>()
  const input = taken === undefined ? undefined : { invite: [taken] }
  const { value, error } = useStream('invites.accept', input)
  const isRunning = taken !== undefined && error === undefined && value?.phase !== 'accepted'
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.invites.accept}
      actions={
        value?.phase === 'accepted' ? (
          <Button onClick={onClose}>{texts.invites.done}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.cancel}</Button>
            <Button
              look="primary"
              busy={isRunning}
              disabled={text.trim() === ''}
              onClick={() => setTaken(text.trim())}
            >
              {texts.invites.acceptAction}
            </Button>
          </>
        )
      }
    >
      <div className={css.stack}>
        {value?.phase === 'accepted' ? (
          <Done accepted={value} />
        ) : (
          <>
            <p>{texts.invites.acceptText}</p>
            <TextField
              label={texts.invites.acceptField}
              value={text}
              onChange={now => {
                setText(now)
                setTaken(undefined)
              }}
            />
            {isRunning && <Loading text={texts.invites.finding} />}
            {taken !== undefined && error !== undefined && <ErrorState error={error} />}
          </>
        )}
      </div>
    </Dialog>
  )
}

function Done({ accepted }: { readonly accepted: Accepted }): ReactNode {
  const texts = useTexts(people).invites
  const { kind, peer, circle, links } = accepted
  const name = visibleText(accepted.name)
  const to =
    kind === 'circle' && circle !== undefined ? `/people/circles/${circle.id}` : `/people/contacts/${peer}`
  const link = links?.[0]?.link
  return (
    <>
      <p role="status" className={css.verdict}>
        {kind === 'circle'
          ? texts.accepted.circle(name, visibleText(circle?.name ?? ''))
          : texts.accepted[kind](name)}
      </p>
      <Link
        to={link === undefined ? to : `/get?link=${encodeURIComponent(link)}`}
        className={buttonClass('primary')}
      >
        {texts.show}
      </Link>
    </>
  )
}
