import type { CidReport, DagHere, DescribeUpdate, ProviderRow } from '../../services/ipfs/index.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { runStream } from '../run-stream.ts'
import { alignPairs } from '../table.ts'
import { formatBytes, plural, safeText } from '../text.ts'

/** `peerage ipfs show CID`, `peerage ipfs providers CID`: exit code 1 when nobody announces it. */
export async function run(context: CommandContext): CommandResult {
  const input = coerceInput(context.command, context.input)
  if (context.command.operation === 'ipfs.providers') return await tellProviders(context, input)
  const session = await context.open(isName(input) ? 'online' : 'offline')
  try {
    const last = (await runStream(context, session, 'ipfs.describe', input)) as DescribeUpdate
    if (context.options.json || last.phase !== 'described') return
    await context.print(alignPairs(pairsOf(last, session.remote), context.paint.dim).join('\n'))
  } finally {
    await session.close()
  }
}

/** Only what a name points at has to be asked of others. */
function isName({ link }: Record<string, unknown>): boolean {
  return /\bipns\b|^k(?:51|2k4)/.test(String(link).trim())
}

async function tellProviders(context: CommandContext, input: Record<string, unknown>): Promise<number> {
  const session = await context.open('online')
  let found = 0
  try {
    await runStream(context, session, 'ipfs.providers', input, {
      seen: async value => {
        found++
        if (!context.options.json) await context.print(linesOf(value as ProviderRow))
        return true
      },
    })
    if (found === 0) context.note('Nobody announces it, as far as the peers know that could be asked.')
    else
      context.note(
        context.notePaint.dim(`${plural(found, 'peer')} announced it; \`peerage get\` tries them.`),
      )
    return found === 0 ? 1 : 0
  } finally {
    await session.close()
  }
}

function linesOf({ peer, addresses, isConnected }: ProviderRow): string {
  const lines = [`${safeText(peer)}${isConnected ? '  connected' : ''}`]
  for (const address of addresses) lines.push(`  ${safeText(address)}`)
  return lines.join('\n')
}

function pairsOf(report: CidReport, isRunning: boolean): [string, string][] {
  const { cid, v0, base36, codec, hash, digest, kind, size, contents, isPinned, isPublic, announcedAt } =
    report
  const kinds = { file: 'file', directory: 'folder', symlink: 'symbolic link', data: 'data' }
  const what =
    kind === undefined ? undefined : `${kinds[kind]}${size === undefined ? '' : `, ${formatBytes(size)}`}`
  return [
    ['CID', cid],
    ...(v0 === undefined ? [] : ([['Version 0', v0]] as [string, string][])),
    ['Base 36', base36],
    ['Codec', codec],
    ['Hash', `${hash} ${digest}`],
    ...(what === undefined ? [] : ([['What', what]] as [string, string][])),
    ['Here', hereOf(report)],
    [
      'In',
      contents.length === 0 ? 'no content of yours' : contents.map(({ name }) => safeText(name)).join(', '),
    ],
    ['Pinned', isPinned ? 'yes' : 'no'],
    ...(report.blocks === 0
      ? []
      : [['For', isPublic ? 'everybody' : 'those whom you allow it'] as [string, string]]),
    ...(isRunning ? [['Announced', timeOf(announcedAt)] as [string, string]] : []),
  ]
}

function timeOf(announcedAt: number | undefined): string {
  if (announcedAt === undefined) return 'no'
  return announcedAt === 0 ? 'not yet' : new Date(announcedAt).toLocaleString()
}

function hereOf({ blocks, bytes, missing }: DagHere): string {
  if (blocks === 0) return 'nothing of it'
  const there = `${plural(blocks, 'block')}, ${formatBytes(bytes)}`
  return missing === 0 ? `all of it: ${there}` : `${there}; at least ${plural(missing, 'block')} missing`
}
