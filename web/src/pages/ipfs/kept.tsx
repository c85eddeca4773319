import { type ReactNode, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { refresh, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './ipfs.module.css'
import { Keep } from './keep.tsx'
import { pageOf, placeOf, shortName } from './place.ts'

type Pin = Answer<'pins.pins'>[number]

/** What stays here however full the cache is. */
export function Kept(): ReactNode {
  const texts = useTexts(ipfs).kept
  const { data, error, refetch } = useValue('pins.pins', {}, { everyMs: 10_000 })
  const [isAsking, setAsking] = useState(false)
  const keep = (
    <Button look="primary" icon="plus" onClick={() => setAsking(true)}>
      {texts.keep}
    </Button>
  )
  return (
    <>
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data?.length === 0 && (
        <EmptyState icon="star" title={texts.empty} text={texts.emptyText}>
          {keep}
        </EmptyState>
      )}
      {data !== undefined && data.length > 0 && (
        <Card title={texts.title} aside={keep}>
          <ul className={css.list} aria-label={texts.title}>
            {data.map(pin => (
              <Row key={pin.cid} pin={pin} />
            ))}
          </ul>
        </Card>
      )}
      {isAsking && <Keep onClose={() => setAsking(false)} />}
    </>
  )
}

function Row({ pin }: { readonly pin: Pin }): ReactNode {
  const texts = useTexts(ipfs).kept
  const format = useFormat()
  const toast = useToast()
  const [isFetching, setFetching] = useState(false)
  const [isLeaving, setLeaving] = useState(false)
  const { cid, recursive, name, isWhole, isRunning, denied, bytes } = pin
  const shown = name ?? shortName(cid)
  const input = { cid, ...(!recursive && { direct: true }), ...(name !== undefined && { name }) }
  const letGo = async (): Promise<void> => {
    setLeaving(true)
    try {
      await api.pins.unpin({ cid })
      // The row is gone before whoever waits for an answer in it hears of it.
      toast.show({
        text: texts.gone(visibleText(shown)),
        onUndo: () => void pinAgain(input).catch(error => toast.fail(error)),
      })
    } catch (error) {
      toast.fail(error)
    }
    setLeaving(false)
    await refresh('pins')
  }
  return (
    <li className={css.row}>
      <span className={css.words}>
        <Link to={pageOf(placeOf(cid))}>
          <SafeText text={shown} />
        </Link>
        <span className={css.soft}>{format.bytes(bytes)}</span>
        {denied !== undefined && (
          <span className={css.soft}>
            {texts.deniedText} <SafeText text={denied} />
          </span>
        )}
      </span>
      <span className={css.badges}>
        {!recursive && <Badge>{texts.block}</Badge>}
        {denied !== undefined && <Badge tone="bad">{texts.denied}</Badge>}
        {isRunning ? (
          <Badge>{texts.running}</Badge>
        ) : (
          <Badge tone={isWhole ? 'good' : 'warn'}>{isWhole ? texts.whole : texts.partly}</Badge>
        )}
      </span>
      {!isWhole && !isRunning && denied === undefined && (
        <Button
          small
          icon="get"
          aria-label={texts.restOf(visibleText(shown))}
          onClick={() => setFetching(true)}
        >
          {texts.rest}
        </Button>
      )}
      <IconButton
        small
        icon="remove"
        label={texts.letGo(visibleText(shown))}
        disabled={isLeaving}
        onClick={() => void letGo()}
      />
      {isFetching && <Keep begun={input} onClose={() => setFetching(false)} />}
    </li>
  )
}

/** Its blocks are still in the cache. */
async function pinAgain(input: Parameters<typeof api.pins.pin>[0]): Promise<void> {
  for await (const _ of api.pins.pin(input));
  await refresh('pins')
}
