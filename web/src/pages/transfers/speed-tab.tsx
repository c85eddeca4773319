import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import css from './transfers.module.css'

const width = 720
const height = 160

/** The last hour: down as an area, up as a line. */
export function SpeedTab({ content }: { readonly content: string }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data } = useValue('files.speeds', { content }, { everyMs: 5_000 })
  if (data === undefined) return <Loading />
  if (data.down.length === 0) return <EmptyState icon="gauge" title={t.tabs.speed} text={t.noSpeed} />
  const most = [Math.max(...data.down), Math.max(...data.up)] as const
  const top = Math.max(1, ...most)
  const told = t.speedText(format.rate(most[0]), format.rate(most[1]))
  const begin = data.until - data.down.length * data.stepMs
  return (
    <figure className={css.figure}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={told}
        className={css.chart}
      >
        <polygon className={css.down} points={`0,${height} ${points(data.down, top)} ${width},${height}`} />
        <polyline className={css.up} points={points(data.up, top)} />
      </svg>
      <div className={css.axis}>
        <span>{format.time(begin)}</span>
        <span>{format.time(data.until)}</span>
      </div>
      <figcaption>
        {told} {t.speedNow(format.rate(data.down.at(-1)!), format.rate(data.up.at(-1)!))}
      </figcaption>
    </figure>
  )
}

function points(values: readonly number[], top: number): string {
  const step = width / Math.max(1, values.length - 1)
  return values
    .map((value, i) => `${(i * step).toFixed(1)},${(height - (value / top) * (height - 6)).toFixed(1)}`)
    .join(' ')
}
