import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useStream, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import css from './get.module.css'

type Update = Answer<'invites.receive'>
type Offered = Extract<Update, { phase: 'offered' }>

/** What somebody sends by a spoken code: told first, taken only when the user says so. */
export function Receive({ code, onEnd }: { readonly code: string; readonly onEnd: () => void }): ReactNode {
  const texts = useTexts(sharing)
  const places = useValue('folders.places')
  const into = places.data?.downloads
  const input = into === undefined ? undefined : { invite: [code], into }
  const { value, error } = useStream('invites.receive', input)
  return (
    <Card title={<code>{code}</code>} aside={<Button onClick={onEnd}>{texts.cancel}</Button>}>
      {error !== undefined ? (
        <ErrorState error={error} onRetry={onEnd} />
      ) : value === undefined ? (
        <Loading text={texts.get.code} />
      ) : (
        <Phase update={value} into={into!} onEnd={onEnd} />
      )}
    </Card>
  )
}

interface PhaseProps {
  readonly update: Update
  readonly into: string
  readonly onEnd: () => void
}

function Phase({ update, into, onEnd }: PhaseProps): ReactNode {
  const texts = useTexts(sharing).get
  const format = useFormat()
  switch (update.phase) {
    case 'finding':
      return (
        <div className={css.phase}>
          <p role="status">{texts.code}</p>
          <ProgressBar value={undefined} label={texts.code} />
        </div>
      )
    case 'offered':
      return <Offer offered={update} into={into} />
    case 'fetching':
      return (
        <div className={css.phase}>
          <p role="status">
            {texts.fetching}: <SafeText text={update.name} />
          </p>
          <ProgressBar value={update.bytes / Math.max(1, update.totalBytes)} label={texts.fetching} />
          <p className={css.soft}>
            {format.bytes(update.bytes)} / {format.bytes(update.totalBytes)}
          </p>
        </div>
      )
    case 'declined':
      return <p role="status">{texts.declined}</p>
    case 'received':
      return (
        <div className={css.phase}>
          <p role="status" className={css.good}>
            <Icon name="check" size={24} /> {texts.received}
          </p>
          {update.paths.map(path => (
            <PathText key={path} path={path} />
          ))}
          <div className={css.end}>
            <Button onClick={onEnd}>{texts.another}</Button>
            <Link to="/library" className={buttonClass('primary')}>
              {texts.show}
            </Link>
          </div>
        </div>
      )
  }
}

function Offer({ offered, into }: { readonly offered: Offered; readonly into: string }): ReactNode {
  const texts = useTexts(sharing).get
  const files = useTexts(sharing).files
  const format = useFormat()
  const answer = useAction('invites.answer')
  const [isAnswered, setAnswered] = useState(false)
  const say = (accept: boolean): void => {
    setAnswered(true)
    answer.mutate({ offer: offered.offer!, accept, into }, { onError: () => setAnswered(false) })
  }
  return (
    <div className={css.phase}>
      <h3>
        <SafeText text={texts.offered(offered.contact ?? offered.name)} />
      </h3>
      <ul className={css.offers}>
        {offered.offers.map(one => (
          <li key={one.name}>
            <Icon name="file" /> <SafeText text={one.name} />{' '}
            <span className={css.soft}>
              {format.bytes(one.bytes)}, {files(one.files)}
            </span>
          </li>
        ))}
      </ul>
      <p className={css.target}>
        <span className={css.soft}>{texts.to}</span> <PathText whole path={into} />
      </p>
      <details className={css.soft}>
        <summary>{texts.fingerprint}</summary>
        <p>{offered.fingerprint.join(' ')}</p>
      </details>
      {answer.error !== null && <ErrorState error={answer.error} />}
      <div className={css.end}>
        <Button disabled={isAnswered} onClick={() => say(false)}>
          {texts.decline}
        </Button>
        <Button look="primary" disabled={isAnswered} onClick={() => say(true)}>
          {texts.accept}
        </Button>
      </div>
    </div>
  )
}
