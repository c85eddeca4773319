import { type ReactNode, useEffect, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { Link, navigate, useRoute } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Described, type Seen } from './described.tsx'
import { Folder } from './folder.tsx'
import css from './ipfs.module.css'
import { linkOf, type Place, pageOf, placeOf, shortName, wayTo } from './place.ts'
import { Providers } from './providers.tsx'

/** What is behind a CID, a link or a domain; where it stands is in the address, so that the browser goes back. */
export function LookUp(): ReactNode {
  const texts = useTexts(ipfs).look
  const asked = useRoute().query.get('link') ?? ''
  const [text, setText] = useState(asked)
  useEffect(() => setText(asked), [asked])
  return (
    <div className={css.stack}>
      <Card>
        <form
          className={css.ask}
          onSubmit={event => {
            event.preventDefault()
            if (text.trim() !== '') navigate(pageOf(placeOf(text)))
          }}
        >
          <TextField
            label={texts.label}
            placeholder={texts.hint}
            maxLength={8192}
            value={text}
            onChange={setText}
          />
          <Button look="primary" type="submit" icon="search" disabled={text.trim() === ''}>
            {texts.button}
          </Button>
        </form>
      </Card>
      {asked === '' ? (
        <EmptyState icon="cube" title={texts.empty} text={texts.emptyText} />
      ) : (
        <Found key={asked} place={placeOf(asked)} />
      )}
    </div>
  )
}

function Found({ place }: { readonly place: Place }): ReactNode {
  const { data: status } = useValue('ipfs.status')
  const [seen, setSeen] = useState<Seen>()
  const [round, setRound] = useState(0)
  const [tries, setTries] = useState(0)
  const texts = useTexts(ipfs).look
  const again = (): void => setRound(count => count + 1)
  if (status?.state === 'off' && place.kind === 'ipns')
    return (
      <Card>
        <p>{texts.offName}</p>
      </Card>
    )
  return (
    <>
      <Way place={place} />
      <Described key={`described ${round}`} place={place} onSeen={setSeen} onChanged={again} />
      {status !== undefined && (seen === 'absent' || seen === 'some') && (
        // Whoever is asked for a list gives the first blocks, too.
        <Folder
          key={`listed ${tries}`}
          place={place}
          onRetry={() => setTries(count => count + 1)}
          isOff={status.state === 'off'}
          onListed={() => {
            if (seen === 'absent') again()
          }}
        />
      )}
      {status !== undefined && status.state !== 'off' && seen !== undefined && (
        <Providers link={linkOf({ ...place, path: [] })} />
      )}
    </>
  )
}

function Way({ place }: { readonly place: Place }): ReactNode {
  const texts = useTexts(ipfs).look
  if (place.path.length === 0) return null
  return (
    <nav aria-label={texts.way}>
      <ol className={css.way}>
        {wayTo(place).map(step => {
          const isLast = step.path.length === place.path.length
          const name = <SafeText text={step.path.at(-1) ?? shortName(step.root)} />
          return (
            <li key={step.path.length}>
              {step.path.length > 0 && <span aria-hidden="true">/</span>}
              {isLast ? <strong>{name}</strong> : <Link to={pageOf(step)}>{name}</Link>}
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
