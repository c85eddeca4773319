import type { ReactNode } from 'react'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { useFormat } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress.tsx'
import type { Row } from './live-rows.ts'
import css from './transfers.module.css'

const tones: Readonly<Record<Row['state'], Tone>> = {
  finding: 'info',
  checking: 'info',
  fetching: 'accent',
  complete: 'good',
  queued: 'plain',
  paused: 'plain',
  failed: 'bad',
}

/** What it does, and how far it is. */
export function StateCell({ row }: { readonly row: Row }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const share = row.totalBytes === 0 ? undefined : row.bytes / row.totalBytes
  const text =
    row.goal !== undefined
      ? t.enough
      : row.refused
        ? t.refused
        : row.state === 'complete' && row.origin === 'share'
          ? t.sharing
          : t.states[row.state]
  const isWhole = row.state === 'complete' || row.origin === 'share'
  return (
    <span className={css.state}>
      <span className={css.stateLine}>
        <Badge tone={row.refused ? 'warn' : tones[row.state]}>{text}</Badge>
        {!isWhole && share !== undefined && <span>{format.percent(share)}</span>}
      </span>
      {!isWhole && (share !== undefined || row.state !== 'finding') && (
        <ProgressBar value={share ?? 0} label={text} tone={row.state === 'failed' ? 'bad' : 'accent'} />
      )}
    </span>
  )
}
