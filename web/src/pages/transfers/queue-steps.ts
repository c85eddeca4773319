import type { Row } from './live-rows.ts'

/** Where rows go in the queue: its ends, one place, or to the place of another. */
export type Step = 'first' | 'up' | 'down' | 'last' | { readonly placeOf: string }

interface Move {
  readonly id: string
  readonly position: number
}

/** Behind any queue; the daemon puts it at the end. */
const end = 1_000_000

/** Which transfer to put where, one after the other, so that the chosen ones go there and keep their order. What is not in the queue stays out of it. */
export function stepsOf(
  all: readonly Pick<Row, 'infoHash' | 'position'>[],
  chosen: ReadonlySet<string>,
  to: Step,
): readonly Move[] {
  const queue = all
    .filter(row => row.position !== undefined)
    .sort((a, b) => a.position! - b.position!)
    .map(row => row.infoHash)
  const rows = queue.flatMap((id, position) => (chosen.has(id) ? { id, position } : []))
  const back = rows.toReversed()
  if (to === 'first') return back.map(({ id }) => ({ id, position: 0 }))
  if (to === 'last') return rows.map(({ id }) => ({ id, position: end }))
  // Those at the end of the queue stay, and the others come up to them.
  if (to === 'up')
    return moved(
      rows,
      rows.map(({ id, position }, i) => ({ id, position: Math.max(i, position - 1) })),
    )
  if (to === 'down')
    return moved(
      back,
      back.map(({ id, position }, i) => ({ id, position: Math.min(queue.length - 1 - i, position + 1) })),
    )
  const target = queue.indexOf(to.placeOf)
  if (target < 0) return []
  const above = rows.filter(({ position }) => position < target).map(({ id }) => ({ id, position: target }))
  const below = rows
    .filter(({ position }) => position > target)
    .map(({ id }, i) => ({ id, position: target + (above.length > 0 ? 1 : 0) + i }))
  return [...above, ...below]
}

function moved(rows: readonly Move[], steps: readonly Move[]): readonly Move[] {
  return steps.filter(({ position }, i) => position !== rows[i]!.position)
}
