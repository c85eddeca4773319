import type { Totals } from '../../services/files/index.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatBytes, formatDuration } from '../text.ts'

/** `peerage totals` */
export async function run(context: CommandContext): CommandResult {
  const session = await context.open('offline')
  try {
    const totals = (await session.call('files.totals', {}, { signal: context.signal })) as Totals
    if (context.options.json) await context.printJson(totals)
    else await context.print(alignPairs(pairsOf(totals), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

function pairsOf(totals: Totals): [string, string][] {
  const { downloaded, uploaded, publicDownloaded, publicUploaded, wasted, runningMs } = totals
  const privateDown = formatBytes(downloaded - publicDownloaded)
  const privateUp = formatBytes(uploaded - publicUploaded)
  return [
    ['Received', formatBytes(downloaded)],
    ['Sent', formatBytes(uploaded)],
    ['Ratio', downloaded === 0 ? '-' : (uploaded / downloaded).toFixed(2)],
    ['Private', `${privateDown} received, ${privateUp} sent`],
    ['BitTorrent', `${formatBytes(publicDownloaded)} received, ${formatBytes(publicUploaded)} sent`],
    ['Wasted', `${formatBytes(wasted)} received and thrown away`],
    ['Running for', `${formatDuration(runningMs / 1000)} over all runs`],
  ]
}
