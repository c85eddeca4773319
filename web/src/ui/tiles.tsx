import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import css from './tiles.module.css'

interface TilesProps<Item> {
  readonly items: readonly Item[]
  readonly idOf: (item: Item) => string
  /** What they are, for those who do not see them. */
  readonly label: string
  readonly tile: (item: Item) => ReactNode
  /** Enter or a click. */
  readonly onOpen: (item: Item) => void
  /** The last ones are nearly seen: more may come. */
  readonly onEnd?: (() => void) | undefined
}

/** Least width and the height of a tile, in pixels. */
const width = 168
const height = 196
const gap = 12

/** Many things as pictures: only the visible ones are drawn. Arrows, home and end move, Enter opens. */
export function Tiles<Item>({
  items,
  idOf,
  label,

  tile,
  onOpen,
  onEnd,
}: TilesProps<Item>): ReactNode {
  const frame = useRef<HTMLDivElement>(null)
  const perRow = usePerRow(frame)
  const count = Math.ceil(items.length / perRow)
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => height + gap,
    overscan: 2,
  })
  const rows = virtual.getVirtualItems()
  const isNearEnd = (rows.at(-1)?.index ?? 0) >= count - 2
  useEffect(() => {
    if (isNearEnd) onEnd?.()
  }, [isNearEnd, onEnd])
  const focus = (index: number): void => {
    const at = Math.max(0, Math.min(items.length - 1, index))
    virtual.scrollToIndex(Math.floor(at / perRow))
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-tile="${at}"]`)?.focus())
  }
  const onKey = (event: KeyboardEvent, index: number): void => {
    const moves: Record<string, number> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      ArrowDown: index + perRow,
      ArrowUp: index - perRow,
      Home: 0,
      End: items.length - 1,
    }
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    focus(to)
  }
  const first = (rows[0]?.index ?? 0) * perRow
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are not drawn have no place in a table of HTML
    <div
      ref={frame}
      role="grid"
      aria-label={label}
      aria-rowcount={count}
      aria-colcount={perRow}
      className={css.frame}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" className={css.all} style={{ height: virtual.getTotalSize() }}>
        {rows.map(row => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: its tiles are
          <div
            key={row.key}
            role="row"
            aria-rowindex={row.index + 1}
            className={css.row}
            style={{
              height,
              transform: `translateY(${row.start}px)`,
              gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))`,
            }}
          >
            {items.slice(row.index * perRow, (row.index + 1) * perRow).map((item, place) => {
              const index = row.index * perRow + place
              return (
                // biome-ignore lint/a11y/useSemanticElements: as above
                // biome-ignore lint/a11y/useFocusableInteractive: its button is
                <div key={idOf(item)} role="gridcell" className={css.cell}>
                  <button
                    type="button"
                    data-tile={index}
                    tabIndex={index === first ? 0 : -1}
                    className={css.tile}
                    onKeyDown={event => onKey(event, index)}
                    onClick={() => onOpen(item)}
                  >
                    {tile(item)}
                  </button>
                </div>
              )
            })}
          </div>
        ))}
      </div>
    </div>
  )
}

function usePerRow(frame: { readonly current: HTMLDivElement | null }): number {
  const [perRow, setPerRow] = useState(2)
  useEffect(() => {
    const element = frame.current!
    const measure = (): void =>
      setPerRow(Math.max(2, Math.floor((element.clientWidth + gap) / (width + gap))))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return perRow
}
