import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './ipfs.module.css'
import { NewKey } from './new-key.tsx'
import { linkOf, placeOf, shortName } from './place.ts'
import { Publish } from './publish.tsx'
import { Target } from './target.tsx'

export type OwnName = Answer<'names.list'>[number]

/** Names of this peer, and what they point at. */
export function Names(): ReactNode {
  const texts = useTexts(ipfs).names
  const { data, error, refetch } = useValue('names.list', {}, { everyMs: 10_000 })
  const [isMaking, setMaking] = useState(false)
  const [publishing, setPublishing] = useState<string>()
  const [leaving, setLeaving] = useState<string>()
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <Card
      title={texts.title}
      aside={
        <Button small icon="plus" onClick={() => setMaking(true)}>
          {texts.newKey}
        </Button>
      }
    >
      <p className={css.soft}>{texts.text}</p>
      <ul className={css.list} aria-label={texts.title}>
        {data.map(one => (
          <Row
            key={one.key}
            own={one}
            onPublish={() => setPublishing(one.key)}
            onForget={() => setLeaving(one.key)}
          />
        ))}
      </ul>
      {isMaking && <NewKey onClose={() => setMaking(false)} />}
      {publishing !== undefined && (
        <Publish names={data} first={publishing} onClose={() => setPublishing(undefined)} />
      )}
      {leaving !== undefined && <Forget name={leaving} onClose={() => setLeaving(undefined)} />}
    </Card>
  )
}

interface RowProps {
  readonly own: OwnName
  readonly onPublish: () => void
  readonly onForget: () => void
}

function Row({ own, onPublish, onForget }: RowProps): ReactNode {
  const texts = useTexts(ipfs)
  const format = useFormat()
  const { key, name, sequence, validUntil, putAt } = own
  const title = key === 'self' ? texts.names.self : key
  const isPublished = sequence !== undefined
  return (
    <li className={css.row}>
      <span className={css.words}>
        <span className={css.main}>
          <SafeText text={title} />
        </span>
        {name !== undefined && (
          <span className={css.named}>
            <span className={css.code}>
              <SafeText text={shortName(name)} />
            </span>
            <Copy small text={linkOf(placeOf(name))} label={texts.copy(visibleText(title))} />
          </span>
        )}
        {isPublished ? (
          <span className={css.soft}>
            {texts.names.pointsAt} <Target of={own} />
            {validUntil !== undefined && <> · {texts.names.until(format.dateTime(validUntil))}</>}
          </span>
        ) : (
          <span className={css.soft}>{texts.names.empty}</span>
        )}
      </span>
      {isPublished && putAt === undefined && <Badge tone="warn">{texts.names.alone}</Badge>}
      <span className={css.actions}>
        <Button small aria-label={texts.names.publishOf(visibleText(title))} onClick={onPublish}>
          {texts.names.publish}
        </Button>
        {key !== 'self' && (
          <IconButton
            small
            icon="remove"
            label={texts.names.forgetOf(visibleText(title))}
            onClick={onForget}
          />
        )}
      </span>
    </li>
  )
}

function Forget({ name, onClose }: { readonly name: string; readonly onClose: () => void }): ReactNode {
  const texts = useTexts(ipfs).names
  const remove = useAction('names.removeKey')
  return (
    <ConfirmDialog
      open
      title={texts.forgetTitle(visibleText(name))}
      action={texts.forget}
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ key: name }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{texts.forgetText}</p>
      {remove.error !== null && <ErrorState error={remove.error} />}
    </ConfirmDialog>
  )
}
