import type { ReactNode } from 'react'
import css from './progress.module.css'

interface ProgressBarProps {
  /** 0 to 1; `undefined` while nobody knows how long it takes. */
  readonly value: number | undefined
  /** What is going on, for those who do not see the bar. */
  readonly label: string
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad' | 'plain'
}

export function ProgressBar({ value, label, tone = 'accent' }: ProgressBarProps): ReactNode {
  const share = value === undefined ? undefined : Math.min(1, Math.max(0, value))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.floor(share * 100)}
      className={`${css.track} ${css[tone]}`}
    >
      <div
        className={share === undefined ? css.unknown : css.bar}
        style={share === undefined ? undefined : { scale: `${share} 1` }}
      />
    </div>
  )
}
