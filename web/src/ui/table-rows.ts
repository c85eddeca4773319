export interface Sorting {
  /** The id of a column. */
  readonly by: string
  readonly down: boolean
}

type Comparable = string | number | boolean | undefined
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** The rows in order: `sortRows(rows, sorting, { name: row => row.name, size: row => row.bytes })`. Equal ones keep theirs; what is not known comes last. */
export function sortRows<Row>(
  rows: readonly Row[],
  sorting: Sorting,
  valuesOf: Readonly<Record<string, (row: Row) => Comparable>>,
): readonly Row[] {
  const keyOf = valuesOf[sorting.by]
  if (keyOf === undefined) return rows
  const sign = sorting.down ? -1 : 1
  const keyed = rows.map(row => ({ row, value: keyOf(row) }))
  keyed.sort((a, b) => {
    if (a.value === undefined || b.value === undefined)
      return Number(a.value === undefined) - Number(b.value === undefined)
    return sign * compare(a.value, b.value)
  })
  return keyed.map(({ row }) => row)
}

function compare(a: Exclude<Comparable, undefined>, b: Exclude<Comparable, undefined>): number {
  return typeof a === 'string' && typeof b === 'string' ? collator.compare(a, b) : Number(a) - Number(b)
}

/** What is selected after a click on `id`: it alone changes, or all from `anchor` to it become selected. */
export function selectionAfter(
  ids: readonly string[],
  selected: ReadonlySet<string>,
  id: string,
  anchor: string | undefined,
): ReadonlySet<string> {
  const next = new Set(selected)
  const [from, to] = [anchor === undefined ? -1 : ids.indexOf(anchor), ids.indexOf(id)]
  if (from >= 0 && to >= 0)
    for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one)
  else if (!next.delete(id)) next.add(id)
  return next
}
