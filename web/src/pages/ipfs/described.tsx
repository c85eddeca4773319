import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useStream } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { ProgressBar } from '../../ui/progress.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { Forms } from './forms.tsx'
import css from './ipfs.module.css'
import { Keep } from './keep.tsx'
import { Open } from './open.tsx'
import { linkOf, type Place, shortName } from './place.ts'

export type Report = Extract<Answer<'ipfs.describe'>, { phase: 'described' }>

/** How much of it was found here so far: whether it can be listed, and whether others have to be asked for that. */
export type Seen = 'absent' | 'some' | 'file'

interface DescribedProps {
  readonly place: Place
  readonly onSeen: (seen: Seen) => void
  /** More of it is here than was told. */
  readonly onChanged: () => void
}

/** What it is, how much of it is here, and what can be done with it. */
export function Described({ place, onSeen, onChanged }: DescribedProps): ReactNode {
  const texts = useTexts(ipfs)
  const format = useFormat()
  const [isWanted, setWanted] = useState(true)
  const [isKeeping, setKeeping] = useState(false)
  const link = linkOf(place)
  const { value, error } = useStream('ipfs.describe', isWanted ? { link } : undefined, update =>
    onSeen(seenIn(update)),
  )
  const report = value?.phase === 'described' ? value : undefined
  const isAbsent = error?.code === 'block.missing'
  const tellAbsent = useEffectEvent(() => onSeen('absent'))
  useEffect(() => {
    if (isAbsent) tellAbsent()
  }, [isAbsent])
  if (error !== undefined && !isAbsent)
    return (
      <Card>
        <ErrorState error={error} onRetry={onChanged} />
      </Card>
    )
  const isCounting = report === undefined && !isAbsent
  // A name leads elsewhere tomorrow: what is kept is what it leads to now.
  const kept = place.kind === 'ipfs' ? link : report && `ipfs://${report.cid}`
  return (
    <Card
      title={<SafeText text={place.path.at(-1) ?? shortName(place.root)} />}
      aside={
        isCounting &&
        (isWanted ? (
          <Button small icon="stop" onClick={() => setWanted(false)}>
            {texts.stop}
          </Button>
        ) : (
          <Button small icon="refresh" onClick={() => setWanted(true)}>
            {texts.look.again}
          </Button>
        ))
      }
    >
      {isCounting && isWanted && (
        <>
          <p role="status">{texts.look.counting(format.number(value?.blocks ?? 0))}</p>
          <ProgressBar value={undefined} label={texts.look.counting(format.number(value?.blocks ?? 0))} />
        </>
      )}
      {isCounting && !isWanted && <p role="status">{texts.look.stopped}</p>}
      {isAbsent && <p>{texts.look.nothing}</p>}
      {report !== undefined && <Here report={report} />}
      <div className={css.actions}>
        <Link className={buttonClass('primary')} to={`/get?link=${encodeURIComponent(link)}`}>
          <Icon name="get" size={18} />
          {texts.look.get}
        </Link>
        {kept !== undefined && (
          <Button icon="star" onClick={() => setKeeping(true)}>
            {texts.look.keep}
          </Button>
        )}
        <Open place={place} cid={report?.cid} />
      </div>
      {report !== undefined && kept !== undefined && <Forms report={report} link={link} what={kept} />}
      {isKeeping && kept !== undefined && (
        <Keep
          what={kept}
          onClose={() => {
            setKeeping(false)
            onChanged()
          }}
        />
      )}
    </Card>
  )
}

function seenIn(update: Answer<'ipfs.describe'>): Seen {
  if (update.phase === 'counting') return 'some'
  if (update.blocks === 0) return 'absent'
  return update.kind === undefined || update.kind === 'directory' ? 'some' : 'file'
}

function Here({ report }: { readonly report: Report }): ReactNode {
  const texts = useTexts(ipfs).look
  const format = useFormat()
  const { kind, size, blocks, bytes, isWhole, isPinned } = report
  return (
    <>
      {(kind !== undefined || isPinned) && (
        <div className={css.badges}>
          {kind !== undefined && <Badge>{texts.kinds[kind]}</Badge>}
          {size !== undefined && <span>{format.bytes(size)}</span>}
          {isPinned && (
            <Badge tone="accent" icon="star">
              {texts.kept}
            </Badge>
          )}
        </div>
      )}
      <p>
        {blocks === 0
          ? texts.nothing
          : isWhole
            ? texts.whole(format.bytes(bytes))
            : texts.partly(format.bytes(bytes))}
      </p>
    </>
  )
}
