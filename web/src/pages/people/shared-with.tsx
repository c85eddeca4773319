import { type ReactNode, useState } from 'react'
import { api } from '../../api/client.ts'
import { isAbort } from '../../api/errors.ts'
import { refresh, useAction, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './people.module.css'

interface SharedWithProps {
  readonly peer: string
  readonly isThere: boolean
}

/** What a person shares with the user: asked over the network, at once when the person is there. */
export function SharedWith({ peer, isThere }: SharedWithProps): ReactNode {
  const texts = useTexts(people).contact
  const [isWanted, setWanted] = useState(false)
  const isAsked = isThere || isWanted
  const shares = useValue('files.shares', { contact: peer }, { enabled: isAsked })
  return (
    <Card
      title={texts.sharesWithMe}
      aside={
        <Button
          small
          icon="refresh"
          busy={shares.isFetching}
          onClick={() => (isAsked ? void shares.refetch() : setWanted(true))}
        >
          {texts.look}
        </Button>
      }
    >
      {!isAsked ? (
        <p className={css.soft}>{texts.notThere}</p>
      ) : shares.error !== null ? (
        <ErrorState error={shares.error} onRetry={() => void shares.refetch()} />
      ) : shares.data === undefined ? (
        <Loading />
      ) : shares.data.length === 0 ? (
        <p className={css.soft}>{texts.sharesWithMeEmpty}</p>
      ) : (
        <ul className={css.list}>
          {shares.data.map(one => (
            <Row key={one.infoHash} peer={peer} {...one} />
          ))}
        </ul>
      )}
    </Card>
  )
}

interface RowProps {
  readonly peer: string
  readonly name: string
  readonly bytes: number
  readonly here: 'no' | 'part' | 'all'
  readonly link: string
}

function Row({ peer, name, bytes, here, link }: RowProps): ReactNode {
  const texts = useTexts(people).contact
  const format = useFormat()
  const toast = useToast()
  const wish = useAction('files.wish')
  const [isBusy, setBusy] = useState(false)
  const get = async (): Promise<void> => {
    setBusy(true)
    try {
      for await (const update of api.files.get({ link, background: true })) void update
      toast.show({ text: texts.fetching, look: 'good' })
      await refresh('files')
    } catch (error) {
      if (!isAbort(error)) toast.fail(error)
    }
    setBusy(false)
  }
  return (
    <li className={css.row}>
      <span className={css.words}>
        <SafeText cut text={name} />
        <span className={css.soft}>{format.bytes(bytes)}</span>
      </span>
      {here !== 'no' && <Badge tone="good">{texts.here[here]}</Badge>}
      {here === 'no' && (
        <Button small icon="download" busy={isBusy} onClick={() => void get()}>
          {texts.get}
        </Button>
      )}
      <Button
        small
        icon="refresh"
        busy={wish.isPending}
        onClick={() =>
          wish.mutate(
            { share: `${peer}/${name}` },
            {
              onSuccess: () => toast.show({ text: texts.wished, look: 'good' }),
              onError: error => toast.fail(error),
            },
          )
        }
      >
        {texts.wish}
      </Button>
    </li>
  )
}
