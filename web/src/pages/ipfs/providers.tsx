import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useStream } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './ipfs.module.css'
import { shortName } from './place.ts'

type Provider = Answer<'ipfs.providers'>

/** Who says that they have it; asked only on demand, for whoever is asked learns that it is wanted. */
export function Providers({ link }: { readonly link: string }): ReactNode {
  const texts = useTexts(ipfs)
  const [round, setRound] = useState(0)
  const [isWanted, setWanted] = useState(false)
  const [isOver, setOver] = useState(false)
  const begin = (): void => {
    setRound(count => count + 1)
    setOver(false)
    setWanted(true)
  }
  return (
    <Card
      title={texts.providers.title}
      aside={
        isWanted && !isOver ? (
          <Button small icon="stop" onClick={() => setWanted(false)}>
            {texts.stop}
          </Button>
        ) : (
          <Button small icon="search" onClick={begin}>
            {round === 0 ? texts.providers.ask : texts.providers.again}
          </Button>
        )
      }
    >
      {round === 0 ? (
        <p className={css.soft}>{texts.providers.text}</p>
      ) : (
        <Found key={round} link={isWanted ? link : undefined} onEnd={() => setOver(true)} />
      )}
    </Card>
  )
}

interface FoundProps {
  /** Undefined: no more are wanted. */
  readonly link: string | undefined
  readonly onEnd: () => void
}

function Found({ link, onEnd }: FoundProps): ReactNode {
  const texts = useTexts(ipfs).providers
  const format = useFormat()
  const [rows, setRows] = useState<readonly Provider[]>([])
  const { error, state } = useStream('ipfs.providers', link === undefined ? undefined : { link }, row =>
    // A daemon that came back is asked anew, and tells the same once more.
    setRows(all => [...all.filter(({ peer }) => peer !== row.peer), row]),
  )
  const isOver = state !== 'running'
  const tellEnd = useEffectEvent(onEnd)
  useEffect(() => {
    if (isOver) tellEnd()
  }, [isOver])
  const isLooking = state === 'running' && link !== undefined
  return (
    <>
      {isLooking && <ProgressBar value={undefined} label={texts.looking} />}
      <p role="status" className={css.soft}>
        {isLooking ? texts.found(format.number(rows.length)) : rows.length === 0 ? texts.none : texts.ended}
      </p>
      {error !== undefined && <ErrorState error={error} />}
      {rows.length > 0 && (
        <ul className={css.list}>
          {rows.map(({ peer, addresses, isConnected }) => (
            <li key={peer} className={css.row}>
              <span className={css.words}>
                <SafeText text={shortName(peer)} />
                {addresses[0] !== undefined && (
                  <span className={css.soft}>
                    <SafeText text={addresses[0]} />
                  </span>
                )}
              </span>
              {isConnected && <Badge tone="good">{texts.connected}</Badge>}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
