import type { Details, LeaningPin } from '../../services/files/index.ts'
import { audienceText } from '../audience-text.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignPairs } from '../table.ts'
import { formatBinary, formatBytes, formatDuration, formatSpeed, plural, safeText } from '../text.ts'
import { describePeers } from '../transfer-view.ts'
import { describeState, networksText } from './list.ts'

/** `peerage show CONTENT` */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  const session = await context.open('offline')
  try {
    const details = (await session.call('files.show', input, { signal: context.signal })) as Details
    if (context.options.json) await context.printJson(details)
    else await context.print(alignPairs(pairsOf(details), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

function pairsOf(one: Details): [string, string][] {
  const time = (at: number): string => new Date(at).toLocaleString()
  return [
    ['Name', safeText(one.name)],
    ['State', describeState(one)],
    ...(one.queue === undefined ? [] : [pair('Queue', `place ${one.queue.position}: ${one.queue.reason}`)]),
    ...(one.refused === true ? [pair('Refused', refusedText)] : []),
    ...(one.goal === undefined ? [] : [pair('Goal', describeGoal(one))]),
    ...(one.error === undefined ? [] : [pair('Error', `${one.error.message} ${one.error.remedy}`)]),
    ['Size', `${formatBytes(one.totalBytes)} in ${plural(one.files, 'file')}`],
    ...(one.bytes < one.totalBytes ? [pair('Here', formatBytes(one.bytes))] : []),
    ...(one.path === undefined ? [] : [pair('Path', one.path)]),
    ['For', audienceText(one.audience)],
    ['On', safeText(networksText(one))],
    ['Down', `${formatSpeed(one.downBytesPerSecond)}, ${formatBytes(one.downBytes)} so far`],
    ['Up', `${formatSpeed(one.upBytesPerSecond)}, ${formatBytes(one.upBytes)} so far`],
    ['Ever', describeEver(one)],
    ...(one.etaSeconds === undefined ? [] : [pair('Time left', formatDuration(one.etaSeconds))]),
    ['Peers', describePeers(one.peers)],
    ...(one.seeds === undefined && one.leeches === undefined ? [] : [pair('Swarm', describeSwarm(one))]),
    ...(one.copies === undefined ? [] : [pair('Copies', one.copies.toFixed(2))]),
    ...(one.pieces === undefined
      ? []
      : [pair('Pieces', `${one.pieces} of ${formatBinary(one.pieceLength ?? 0)}`)]),
    ['Added', time(one.addedAt)],
    ...(one.completedAt === undefined ? [] : [pair('Completed', time(one.completedAt))]),
    ['Info hash', one.infoHash],
    ...(one.cid === undefined ? [] : [pair('CID', one.cid)]),
    ...(one.pins ?? []).map(pin => pair('Pin', `${pinText(pin)} leans on its files`)),
    ['Link', safeText(one.link)],
    ...(one.magnet === undefined ? [] : [pair('Magnet', one.magnet)]),
  ]
}

const refusedText =
  'nobody who was asked gives it to you, or goes on to: perhaps a time or quota is over, or it was never for you'

function describeGoal({ goal }: Details): string {
  const what = goal === 'ratio' ? 'the seeding ratio' : 'the seeding time'
  return `${what} is reached; \`peerage resume\` seeds it again, without end`
}

/** A pin as a person knows it. */
export function pinText({ cid, name }: LeaningPin): string {
  return name === undefined ? cid : `${cid} (${name})`
}

/** Over all runs. */
function describeEver({ downBytesEver, upBytesEver, ratio, seedingMs }: Details): string {
  const seeding = seedingMs < 1000 ? '' : `, seeded for ${formatDuration(seedingMs / 1000)}`
  return `${formatBytes(downBytesEver)} down, ${formatBytes(upBytesEver)} up, ratio ${ratio.toFixed(2)}${seeding}`
}

/** As trackers count it. */
function describeSwarm({ seeds = 0, leeches = 0, completed }: Details): string {
  const ever = completed === undefined ? '' : `; completed ${plural(completed, 'time')}`
  return `${plural(seeds, 'seed')}, ${plural(leeches, 'peer')} fetching, as trackers say${ever}`
}

function pair(name: string, value: string): [string, string] {
  return [name, safeText(value)]
}
