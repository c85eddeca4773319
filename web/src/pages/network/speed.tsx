import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import css from './network.module.css'
import { RateField } from './rate-field.tsx'
import { type Brush, WeekGrid } from './week-grid.tsx'

const modes = ['schedule', 'full', 'slow', 'off'] as const
const brushes = ['slow', 'off', 'full'] as const

/** How fast this peer is now, the switch, and the hours of the week. */
export function Speed(): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const [brush, setBrush] = useState<Brush>('slow')
  const { data } = useValue('limits.show', {}, { everyMs: 30_000 })
  const mode = useAction('limits.mode')
  const schedule = useAction('limits.schedule')
  if (data === undefined) return null
  const tone = data.now === 'full' ? 'good' : 'warn'
  const failed = mode.error ?? schedule.error
  return (
    <Card
      title={texts.speed}
      aside={
        <Badge tone={tone}>
          {texts.now[data.now]}
          {data.until !== undefined && ` · ${texts.until(format.dateTime(data.until))}`}
        </Badge>
      }
    >
      <div className={css.card}>
        <div className={css.choices}>
          <Select
            label={texts.mode}
            value={data.mode}
            options={modes.map(value => ({ value, label: texts.modes[value] }))}
            onChange={value => mode.mutate({ mode: value })}
          />
          <Select
            label={texts.brush}
            value={brush}
            options={brushes.map(value => ({ value, label: texts.modes[value] }))}
            onChange={setBrush}
          />
        </div>
        <Limits full={data.full} slow={data.slow} />
        <h3>{texts.week}</h3>
        <p className={css.advice}>{texts.weekHint}</p>
        <WeekGrid
          week={data.week}
          hour={data.hour}
          brush={brush}
          onPaint={week => schedule.mutate({ week })}
        />
        {data.week.length > 0 && (
          <Button
            small
            look="quiet"
            icon="undo"
            className={css.clear}
            onClick={() => schedule.mutate({ clear: true })}
          >
            {texts.clear}
          </Button>
        )}
        {failed && <ErrorState error={failed} />}
      </div>
    </Card>
  )
}

type Report = Answer<'limits.show'>

/** Limits of the whole peer, in usual and in slow hours. */
function Limits({ full, slow }: Pick<Report, 'full' | 'slow'>): ReactNode {
  const texts = useTexts(network)
  const set = useAction('limits.set')
  return (
    <>
      <div className={css.presets}>
        <Button small onClick={() => set.mutate({ upload: 0, download: 0 })}>
          {texts.limitPresets.none}
        </Button>
        <Button small onClick={() => set.mutate({ upload: 500_000, download: 0 })}>
          {texts.limitPresets.calls}
        </Button>
        <Button small onClick={() => set.mutate({ upload: 250_000, download: 2_000_000 })}>
          {texts.limitPresets.shared}
        </Button>
      </div>
      <div className={css.limits}>
        <RateField label={texts.limits.up} value={full.upload} onChange={upload => set.mutate({ upload })} />
        <RateField
          label={texts.limits.down}
          value={full.download}
          onChange={download => set.mutate({ download })}
        />
        <RateField
          label={texts.limits.slowUp}
          mayBeNone={false}
          value={slow.upload}
          onChange={slowUpload => set.mutate({ slowUpload })}
        />
        <RateField
          label={texts.limits.slowDown}
          mayBeNone={false}
          value={slow.download}
          onChange={slowDownload => set.mutate({ slowDownload })}
        />
      </div>
      {set.error !== null && <ErrorState error={set.error} />}
    </>
  )
}
