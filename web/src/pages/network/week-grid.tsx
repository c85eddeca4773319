import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { network } from '../../texts/network.ts'
import { useLanguage, useTexts } from '../../texts/texts.ts'
import css from './network.module.css'

export type Brush = 'full' | 'slow' | 'off'
const modeOf: Readonly<Record<string, Brush>> = { f: 'full', s: 'slow', o: 'off' }
const hoursADay = 24
const cellCount = 7 * hoursADay

interface WeekGridProps {
  /** Seven texts of 24 letters, Monday first, or none. */
  readonly week: readonly string[]
  /** The hour of the week that it is now. */
  readonly hour: number
  readonly brush: Brush
  readonly onPaint: (week: string[]) => void
}

/** 168 hours that are painted with the pointer, or with arrow keys and the space bar. */
export function WeekGrid({ week, hour, brush, onPaint }: WeekGridProps): ReactNode {
  const texts = useTexts(network)
  const days = useDayNames()
  const told = week.length === 7 ? week.join('') : 'f'.repeat(cellCount)
  const [draft, setDraft] = useState<string>()
  const [at, setAt] = useState(hour)
  const grid = useRef<HTMLTableElement>(null)
  const cells = draft ?? told
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the daemon tells replaces what was painted
  useEffect(() => setDraft(undefined), [told])
  const painted = (from: string, cell: number): string =>
    from.slice(0, cell) + brush[0] + from.slice(cell + 1)
  const done = (text: string): void => {
    setDraft(text)
    onPaint(Array.from({ length: 7 }, (_, day) => text.slice(day * hoursADay, (day + 1) * hoursADay)))
  }
  const drag = (event: PointerEvent, cell: number): void => {
    if (event.buttons === 1) setDraft(before => painted(before ?? told, cell))
  }
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -hoursADay, ArrowDown: hoursADay }[event.key]
    if (step !== undefined) {
      const next = (at + step + cellCount) % cellCount
      setAt(next)
      grid.current?.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus()
    } else if (event.key === ' ' || event.key === 'Enter') done(painted(cells, at))
    else return
    event.preventDefault()
  }
  return (
    <div className={css.scroll}>
      <table
        ref={grid}
        className={css.week}
        onKeyDown={press}
        onPointerUp={() => draft !== undefined && draft !== told && done(draft)}
        onPointerLeave={() => draft !== undefined && draft !== told && done(draft)}
      >
        <caption className="visually-hidden">{texts.week}</caption>
        <thead>
          <tr>
            <td />
            {[0, 6, 12, 18].map(from => (
              <th key={from} scope="colgroup" colSpan={6}>
                {from}:00
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day, row) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {[...cells.slice(row * hoursADay, (row + 1) * hoursADay)].map((letter, column) => {
                const cell = row * hoursADay + column
                const mode = modeOf[letter] ?? 'full'
                return (
                  <td key={cell}>
                    <button
                      type="button"
                      data-cell={cell}
                      data-mode={mode}
                      data-now={cell === hour || undefined}
                      tabIndex={cell === at ? 0 : -1}
                      aria-label={texts.hour(day, column, texts.modes[mode])}
                      onFocus={() => setAt(cell)}
                      onPointerDown={event => {
                        event.currentTarget.releasePointerCapture(event.pointerId)
                        drag(event, cell)
                      }}
                      onPointerEnter={event => drag(event, cell)}
                    />
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Monday first. */
function useDayNames(): string[] {
  const format = new Intl.DateTimeFormat(useLanguage(), { weekday: 'short', timeZone: 'UTC' })
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 2, 2 + day)))
}
