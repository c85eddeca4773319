import type { KeyOfName, NameRow, PublishedName, ResolvedName } from '../../services/names/index.ts'
import { answerOnce } from '../answer-once.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { alignTable } from '../table.ts'
import { formatDuration, plural, safeText, shorten } from '../text.ts'

/** `peerage name publish`, `resolve`, `list`, `key create`, `key list`, `key remove` */
export async function run(context: CommandContext): CommandResult {
  const { command, note } = context
  await answerOnce(context, coerceInput(command, context.input), answer => {
    switch (command.words) {
      case 'name publish':
        return tellPublished(context, answer as PublishedName)
      case 'name resolve':
        return tellResolved(context, answer as ResolvedName)
      case 'name list':
        return tellNames(context, answer as readonly NameRow[])
      case 'name key list':
        return tellKeys(context, answer as readonly KeyOfName[])
      case 'name key create':
        return tellCreated(context, answer as KeyOfName)
      default:
        return note(`The key ${safeText((answer as KeyOfName).key)} is deleted; what it published expires.`)
    }
  })
}

type Place = Pick<ResolvedName, 'path' | 'infoHash' | 'title'>

async function tellPublished({ note, print }: CommandContext, published: PublishedName): Promise<void> {
  await print(safeText(`/ipns/${published.name}`))
  const { peers, servers, nodes, validUntil } = published
  const holders = [
    peers > 0 && `${plural(peers, 'peer')} of the IPFS network`,
    servers > 0 && plural(servers, 'server'),
    nodes > 0 && `${plural(nodes, 'node')} of the BitTorrent DHT`,
  ].filter(text => text !== false)
  await note(`It points at ${placeText(published)}.`)
  await note(`Kept by ${holders.join(', ')}; put again as long as this peer runs.`)
  await note(`Without it the name is good for another ${left(validUntil)}.`)
}

async function tellResolved({ note, print }: CommandContext, resolved: ResolvedName): Promise<void> {
  const { names, path, infoHash, title, validUntil } = resolved
  // One line that other commands take.
  await print(safeText(path ?? magnet(infoHash ?? '')))
  if (path !== undefined && infoHash !== undefined) await note(`In BitTorrent: ${magnet(infoHash)}`)
  if (title !== undefined) await note(`It is here: ${safeText(title)}`)
  if (names.length > 1) await note(`Over ${names.slice(1).map(safeText).join(', ')}`)
  await note(`Good for another ${left(validUntil)}.`)
}

async function tellNames({ note, print, paint }: CommandContext, rows: readonly NameRow[]): Promise<void> {
  const lines = alignTable(
    [{ title: 'Key' }, { title: 'Points at' }, { title: 'Put' }, { title: 'Name' }],
    rows.map(row => [
      safeText(row.key),
      row.path === undefined && row.infoHash === undefined ? 'nothing' : placeText(row),
      row.putAt === undefined
        ? row.sequence === undefined
          ? ''
          : 'not yet'
        : new Date(row.putAt).toLocaleString(),
      safeText(row.name ?? 'damaged'),
    ]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
  if (rows.every(({ sequence }) => sequence === undefined))
    await note('`peerage name publish CONTENT` lets a name point somewhere.')
}

async function tellKeys({ print, paint }: CommandContext, keys: readonly KeyOfName[]): Promise<void> {
  const lines = alignTable(
    [{ title: 'Key' }, { title: 'Name' }],
    keys.map(({ key, name }) => [safeText(key), safeText(name ?? 'damaged')]),
  )
  await print([paint.dim(lines[0]!), ...lines.slice(1)].join('\n'))
}

async function tellCreated({ note, print }: CommandContext, { key, name }: KeyOfName): Promise<void> {
  await print(safeText(`/ipns/${name}`))
  await note(`\`peerage name publish CONTENT --key ${safeText(key)}\` lets it point somewhere.`)
}

function placeText({ path, infoHash, title }: Place): string {
  const where =
    path === undefined ? `info hash ${(infoHash ?? '').slice(0, 16)}…` : shorten(safeText(path), 48)
  return title === undefined ? where : `${safeText(title)} (${where})`
}

function magnet(infoHash: string): string {
  return infoHash.length === 64 ? `magnet:?xt=urn:btmh:1220${infoHash}` : `magnet:?xt=urn:btih:${infoHash}`
}

function left(until: number): string {
  return formatDuration((until - Date.now()) / 1_000)
}
