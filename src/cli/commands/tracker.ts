import type { TrackerStatus } from '../../services/tracker/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { plural, safeText } from '../text.ts'

/** `peerage tracker`, `tracker start`, `tracker stop` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('offline')
  try {
    const call = session.call(context.command.operation!, {}, { signal: context.signal })
    const status = (await call) as TrackerStatus
    if (context.options.json) return await context.printJson(status)
    if (!session.remote) context.note('No peer runs now; `peerage start` starts it, and with it its tracker.')
    await context.print(alignPairs(pairsOf(status), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

function pairsOf(status: TrackerStatus): [string, string][] {
  if (!status.running) return [['Tracker', 'off; `peerage tracker start` starts it']]
  const { contents, peers, announces, scrapes, refused } = status
  return [
    ['Tracker', 'running'],
    ['Knows', `${plural(peers, 'peer')} of ${plural(contents, 'content')}`],
    ['Answered', `${plural(announces, 'announce')}, ${plural(scrapes, 'scrape')}; refused ${refused}`],
    ...status.urls.map((url, i): [string, string] => [i === 0 ? 'At' : '', safeText(url)]),
  ]
}
