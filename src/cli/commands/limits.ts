import type { LimitsReport, Rates } from '../../services/limits/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatSpeed } from '../text.ts'

/** `peerage limits`, `limits set`, `limits mode`, `limits schedule` */
export async function run(context: CommandContext): CommandResult {
  await answerOnce(context, coerceInput(context.command, context.input), answer =>
    tell(context, answer as LimitsReport),
  )
}

const names: Readonly<Record<LimitsReport['now'], string>> = {
  full: 'as fast as usual',
  slow: 'slow',
  off: 'off: nothing is sent or fetched',
}

async function tell({ print, paint }: CommandContext, report: LimitsReport): Promise<void> {
  await print(alignPairs(pairsOf(report), paint.dim).join('\n'))
  if (report.week.length > 0) await print(['', ...weekRows(report, paint)].join('\n'))
}

function pairsOf(report: LimitsReport): [string, string][] {
  const { now, mode, until, full, slow } = report
  const why =
    mode !== 'schedule'
      ? ', until you change it (`peerage limits mode schedule`)'
      : until === undefined
        ? ''
        : `, until ${new Date(until).toLocaleString(undefined, { weekday: 'long', hour: '2-digit', minute: '2-digit' })}`
  return [
    ['Now', `${names[now]}${why}`],
    ['Full', ratesText(full)],
    ['Slow', ratesText(slow)],
  ]
}

function ratesText({ upload, download }: Rates): string {
  const text = (rate: number): string => (rate === 0 ? 'no limit' : formatSpeed(rate))
  return `upload ${text(upload)}, download ${text(download)}`
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** A line a day, a letter an hour. */
function weekRows({ week }: LimitsReport, paint: CommandContext['paint']): string[] {
  const cell = (letter: string): string =>
    letter === 'f' ? paint.dim('·') : letter === 's' ? paint.yellow('s') : paint.red('o')
  return [
    `      ${paint.dim('0     6     12    18')}`,
    ...week.map((day, i) => `${paint.dim(days[i]!.padEnd(5))} ${[...day].map(cell).join('')}`),
    paint.dim('      · full, s slow, o off'),
  ]
}
