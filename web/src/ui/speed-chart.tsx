import type { ReactNode } from 'react'
import { useFormat } from './format.ts'
import css from './speed-chart.module.css'

interface SpeedChartProps {
  /** Bytes per second of each step, the oldest first. */
  readonly down: readonly number[]
  readonly up: readonly number[]
  /** How many steps the chart is wide; what was not measured is left empty. */
  readonly steps: number
  readonly stepMs: number
  /** End of the last step, in milliseconds since 1970. */
  readonly until: number
  /** What it shows, for those who cannot see it. */
  readonly label: string
}

const width = 720
const height = 180

/** Speed over time: what came as an area, what went as a line, on one scale. */
export function SpeedChart({ down, up, steps, stepMs, until, label }: SpeedChartProps): ReactNode {
  const format = useFormat()
  const [came, went] = [down.slice(-steps), up.slice(-steps)]
  const top = roundUp(Math.max(1_000, ...came, ...went))
  const line = (values: readonly number[]): string => pointsOf(values, steps, top)
  const begin = width - ((came.length - 1) * width) / Math.max(1, steps - 1)
  return (
    <div className={css.chart}>
      <div className={css.scale} aria-hidden="true">
        <span>{format.rate(top)}</span>
        <span>{format.rate(top / 2)}</span>
        <span>0</span>
      </div>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        className={css.plot}
      >
        {[0, 0.5, 1].map(at => (
          <line key={at} className={css.grid} x1="0" x2={width} y1={at * height} y2={at * height} />
        ))}
        {came.length > 1 && (
          <polygon className={css.down} points={`${begin},${height} ${line(came)} ${width},${height}`} />
        )}
        <polyline className={css.came} points={line(came)} />
        <polyline className={css.up} points={line(went)} />
      </svg>
      <div className={css.axis} aria-hidden="true">
        <span>{format.time(until - steps * stepMs)}</span>
        <span>{format.time(until)}</span>
      </div>
    </div>
  )
}

/** 1, 2 or 5 with zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find(one => one * power >= value) ?? 10) * power
}

function pointsOf(values: readonly number[], steps: number, top: number): string {
  const first = steps - values.length
  return values
    .map((value, i) => {
      const x = ((first + i) * width) / Math.max(1, steps - 1)
      return `${x.toFixed(1)},${(height - (value / top) * height).toFixed(1)}`
    })
    .join(' ')
}
