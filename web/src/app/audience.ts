import type { Answer, Input } from '../api/client.ts'

/** Limits of a permission as the daemon takes them; an empty text is none. */
export type Limits = Pick<
  Input<'access.allow'>,
  'from' | 'until' | 'hours' | 'bytes' | 'bytesADay' | 'rate' | 'uses' | 'lanOnly'
>

/** Who may have something, and within which limits. */
export interface Audience {
  readonly who: 'secret' | 'people' | 'everyone'
  /** `contacts`, `peer:ID`, `circle:ID`, `circle:ID/member`, `circle:ID/admin`; kept while another `who` is tried. */
  readonly people: readonly string[]
  readonly limits: Limits
}

/** As policies call them; none when nobody was chosen yet. */
export function subjectsOf({ who, people }: Audience): readonly string[] {
  return who === 'people' ? people : [who]
}

/** Without those that are left empty. */
export function givenLimits(limits: Limits): Limits {
  return Object.fromEntries(
    Object.entries(limits).filter(([, value]) => value !== undefined && value !== '' && value !== false),
  )
}

type Bounds = Answer<'access.show'>['rules'][number]['limits']

/** The limits of a rule as the daemon takes them again. */
export function limitsOf(bounds: Bounds): Limits {
  const { from, expires, hours, bytes, bytesPerDay, bytesPerSecond, uses, lanOnly } = bounds
  return {
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(expires !== undefined && { until: new Date(expires).toISOString() }),
    ...(hours !== undefined && { hours }),
    ...(bytes !== undefined && { bytes: amountText(bytes) }),
    ...(bytesPerDay !== undefined && { bytesADay: amountText(bytesPerDay) }),
    ...(bytesPerSecond !== undefined && { rate: `${amountText(bytesPerSecond)}/s` }),
    ...(uses !== undefined && { uses }),
    ...(lanOnly !== undefined && { lanOnly }),
  }
}

const units = ['', 'kB', 'MB', 'GB', 'TB']

/** `1.5GB`: in the largest unit in which three digits behind the point lose nothing. */
function amountText(bytes: number): string {
  for (let place = units.length - 1; place > 0; place--) {
    const value = Number((bytes / 1000 ** place).toFixed(3))
    if (value >= 1 && Math.round(value * 1000 ** place) === bytes) return `${value}${units[place]}`
  }
  return String(bytes)
}
