import type { Figures, Goal, Medians } from './scenario.ts'

/** Every run of one system. */
export type Runs = ReadonlyMap<string, readonly Figures[]>

/** A figure of runs that did not come to an end: 1. It is added up instead of halved. */
export const didNotEnd = 'did not end'

/** The median of each figure; of an even number of values the mean of the middle two. */
export function mediansOf(runs: Runs): Medians {
  return new Map(
    [...runs].map(([system, figures]) => [system, { ...medianOf(figures), ...unended(figures) }]),
  )
}

function unended(runs: readonly Figures[]): Figures {
  const count = runs.reduce((sum, run) => sum + (run[didNotEnd] ?? 0), 0)
  return count > 0 ? { [didNotEnd]: count } : {}
}

function medianOf(runs: readonly Figures[]): Figures {
  const names = [...new Set(runs.flatMap(run => Object.keys(run)))].filter(name => name !== didNotEnd)
  return Object.fromEntries(
    names.map(name => [name, median(runs.flatMap(run => (run[name] === undefined ? [] : [run[name]])))]),
  )
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return (low + high) / 2
}

/** The medians as a table: a system a row, a figure a column. */
export function formatTable(medians: Medians): string {
  const names = [...new Set([...medians.values()].flatMap(figures => Object.keys(figures)))]
  const rows = [...medians].map(([system, figures]) => [system, ...names.map(name => format(figures[name]))])
  return align([['', ...names], ...rows])
}

/** One line a goal: kept or missed, and by how much. */
export function formatGoals(goals: readonly Goal[]): string {
  return goals
    .map(goal => {
      const bound = `${goal.atLeast ? 'at least' : 'at most'} ${format(goal.limit)}`
      return `${isReached(goal) ? 'reached' : 'MISSED '}  ${goal.what}: ${format(goal.value)} (${bound})`
    })
    .join('\n')
}

export function isReached({ value, limit, atLeast = false }: Goal): boolean {
  return atLeast ? value >= limit : value <= limit
}

function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-'
  if (value !== 0 && Math.abs(value) < 10) return value.toFixed(3)
  return value.toFixed(value < 100 ? 1 : 0)
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return rows.map(line).join('\n')
}
