import { type ReactNode, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { SpeedChart } from '../../ui/speed-chart.tsx'
import css from './network.module.css'

const spans = ['5', '15', '60'] as const

/** How fast everything together came and went during the last hour. */
export function History(): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const [minutes, setMinutes] = useState<(typeof spans)[number]>('15')
  const { data } = useValue('files.speeds', {}, { everyMs: 5_000 })
  if (data === undefined) return null
  const steps = Math.round((Number(minutes) * 60_000) / data.stepMs)
  const [down, up] = [data.down.at(-1) ?? 0, data.up.at(-1) ?? 0]
  const most = (values: readonly number[]): string => format.rate(Math.max(0, ...values.slice(-steps)))
  return (
    <Card
      title={texts.history}
      aside={
        <Select
          label={texts.span}
          hideLabel
          value={minutes}
          options={spans.map(value => ({ value, label: texts.minutes(value) }))}
          onChange={setMinutes}
        />
      }
    >
      <p className={css.rates}>
        <span data-kind="down">↓ {texts.down(format.rate(down))}</span>
        <span data-kind="up">↑ {texts.up(format.rate(up))}</span>
      </p>
      <SpeedChart
        down={data.down}
        up={data.up}
        steps={steps}
        stepMs={data.stepMs}
        until={data.until}
        label={texts.historyText(minutes, most(data.down), most(data.up))}
      />
    </Card>
  )
}
