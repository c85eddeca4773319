import { PeerageError } from '../../base/index.ts'
import type { Mode } from './week.ts'

const dayNames: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const hoursADay = 24

export interface Stroke {
  /** `mon`, `mon-fri`, `sat,sun`, `all` */
  readonly days: string
  /** `08:00-18:00`, `8-18`, `22-6` over midnight into the next day */
  readonly hours: string
  readonly mode: Mode
}

/** A week with some of its hours changed. Throws `usage.invalid` for days or hours that are none. */
export function paint(week: readonly string[], { days, hours, mode }: Stroke): string[] {
  const cells =
    week.length === 7 ? week.map(day => [...day]) : dayNames.map(() => Array<string>(24).fill('f'))
  const { from, count } = readHours(hours)
  for (const day of readDays(days))
    for (let hour = from; hour < from + count; hour++)
      cells[(day + Math.floor(hour / hoursADay)) % 7]![hour % hoursADay] = mode[0]!
  return cells.map(day => day.join(''))
}

function readDays(text: string): number[] {
  if (text === 'all') return dayNames.map((_, day) => day)
  return text.split(',').flatMap(part => {
    const [from, to = from] = part.trim().toLowerCase().split('-').map(dayOf)
    const length = ((to! - from! + 7) % 7) + 1
    return Array.from({ length }, (_, i) => (from! + i) % 7)
  })
}

function dayOf(name: string): number {
  const day = dayNames.indexOf(name.trim().slice(0, 3))
  if (day >= 0) return day
  throw new PeerageError(
    'usage.invalid',
    `"${name.slice(0, 40)}" is no day; they are ${dayNames.join(', ')}.`,
    {
      details: { field: 'days' },
    },
  )
}

/** Over midnight when it ends before it begins. */
function readHours(text: string): { readonly from: number; readonly count: number } {
  const match = /^(\d{1,2})(?::00)?\s*-\s*(\d{1,2})(?::00)?$/.exec(text.trim())
  const [from, to] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || from > 23 || to > 24)
    throw new PeerageError(
      'usage.invalid',
      `"${text.slice(0, 40)}" are no hours; they look like 08:00-18:00.`,
      {
        details: { field: 'hours' },
      },
    )
  return { from, count: (to - from + hoursADay) % hoursADay || hoursADay }
}
