import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SpeedChart } from '../../ui/speed-chart.tsx'
import css from './transfers.module.css'

/** The last hour of one transfer. */
export function SpeedTab({ content }: { readonly content: string }): ReactNode {
  const t = useTexts(transfers)
  const format = useFormat()
  const { data } = useValue('files.speeds', { content }, { everyMs: 5_000 })
  if (data === undefined) return <Loading />
  const { down, up, stepMs, until } = data
  if (down.length === 0) return <EmptyState icon="gauge" title={t.tabs.speed} text={t.noSpeed} />
  const told = t.speedText(format.rate(Math.max(...down)), format.rate(Math.max(...up)))
  return (
    <figure className={css.figure}>
      <SpeedChart down={down} up={up} steps={down.length} stepMs={stepMs} until={until} label={told} />
      <figcaption>
        {told} {t.speedNow(format.rate(down.at(-1)!), format.rate(up.at(-1)!))}
      </figcaption>
    </figure>
  )
}
