import { useMemo } from 'react'
import { type Language, useLanguage, useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'

/** Numbers and times as people of a language write them. */
export interface Format {
  /** `1.2 GB`; 1 kB is 1,000 bytes, as Peerage counts everywhere. */
  bytes(count: number): string
  /** `3.4 MB/s` */
  rate(bytesPerSecond: number): string
  number(value: number): string
  /** 0 to 1 as `42 %`; never 100 % before it is all. */
  percent(share: number): string
  /** `2 hr, 5 min`: its two largest parts. */
  duration(seconds: number): string
  /** `3 minutes ago`, `in 2 days`; `at` and `now` in milliseconds since 1970. */
  ago(at: number, now?: number): string
  date(at: number): string
  dateTime(at: number): string
  time(at: number): string
  list(items: readonly string[]): string
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const
const spans = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** Formatters of the language of the user. */
export function useFormat(): Format {
  const language = useLanguage()
  const { perSecond, now } = useTexts(ui)
  return useMemo(() => formatOf(language, perSecond, now), [language, perSecond, now])
}

/** For tests and for code outside components. */
export function formatOf(language: Language, perSecond: (amount: string) => string, justNow: string): Format {
  const number = new Intl.NumberFormat(language)
  const percent = new Intl.NumberFormat(language, { style: 'percent' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always' })
  const dateOnly = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  const both = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const timeOnly = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const conjunction = new Intl.ListFormat(language)
  const bytes = (count: number): string => {
    const place = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
    const amount = count / 1000 ** place
    return amountOf(language, units[place]!, place === 0 || amount >= 100 ? 0 : amount >= 10 ? 1 : 2).format(
      amount,
    )
  }
  return {
    bytes,
    rate: count => perSecond(bytes(count)),
    number: value => number.format(value),
    percent: share => percent.format(share >= 1 ? 1 : Math.floor(share * 100) / 100),
    duration: seconds => durationText(language, seconds),
    ago: (at, now = Date.now()) => {
      const seconds = (at - now) / 1000
      if (Math.abs(seconds) < 10) return justNow
      const [unit, length] = spans.find(([, span]) => Math.abs(seconds) >= span)!
      return relative.format(Math.trunc(seconds / length), unit)
    },
    date: at => dateOnly.format(at),
    dateTime: at => both.format(at),
    time: at => timeOnly.format(at),
    list: items => conjunction.format(items),
  }
}

const amounts = new Map<string, Intl.NumberFormat>()

/** They take long to make. */
function amountOf(language: Language, unit: string, maximumFractionDigits: number): Intl.NumberFormat {
  const key = `${language} ${unit} ${maximumFractionDigits}`
  const made =
    amounts.get(key) ??
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits,
    })
  amounts.set(key, made)
  return made
}

function durationText(language: Language, seconds: number): string {
  if (!Number.isFinite(seconds)) return '∞'
  const steps = spans.slice(2)
  let rest = Math.max(0, Math.round(seconds))
  const first = Math.max(
    0,
    steps.findIndex(([, span]) => rest >= span),
  )
  const parts: string[] = []
  for (const [unit, span] of steps.slice(rest === 0 ? -1 : first).slice(0, 2)) {
    const count = Math.floor(rest / span)
    rest -= count * span
    if (count > 0 || parts.length === 0)
      parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
  }
  return parts.join(' ')
}
