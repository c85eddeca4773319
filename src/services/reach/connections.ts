import { type ValueOperation, z } from '../../base/index.ts'
import type { ConnectionInfo, Path } from '../../network/index.ts'
import type { Exchange, ReachHost } from './host.ts'
import type { Reach } from './reach.ts'

/** On which network somebody is met: among those who may, public ones, or a web server. */
export type ConnectionNetwork = Exchange['network']

/** Somebody who is connected. */
export interface ConnectionRow {
  /** PeerId; `ip:port` on BitTorrent, the URL of a web server. */
  readonly peer: string
  readonly contact?: string
  /** A contact or a device of the user's, or somebody of the same circle. */
  readonly standing?: 'contact' | 'fellow'
  readonly networks: readonly ConnectionNetwork[]
  /** The best of the ways that are open. */
  readonly path: Path
  /** Both are behind routers, and got through to each other. */
  readonly punched?: true
  /** The relay through which it goes. */
  readonly via?: { readonly peer: string; readonly contact?: string }
  readonly address?: string
  /** Name and version of its program, as it says: hostile text. */
  readonly client?: string
  readonly rttMs?: number
  /** Contents that are exchanged. */
  readonly contents: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
}

/** Those who are not told of one by one. */
export interface ConnectionGroup {
  readonly path: Path
  readonly count: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
}

export interface ConnectionsReport {
  /** Whom the user knows first, then the fastest; at most `maxConnectionRows`. */
  readonly rows: readonly ConnectionRow[]
  readonly rest: readonly ConnectionGroup[]
  /** All of them. */
  readonly count: number
}

/** More are told of as groups. */
export const maxConnectionRows = 200
const nearest: readonly Path[] = ['memory', 'loopback', 'lan', 'direct', 'relayed']

export const connections: ValueOperation<Reach, Record<never, never>, ConnectionsReport> = {
  summary: 'List who is connected, by which way and on which network, and how fast it goes',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'connections', example: 'peerage connections' },
  run: async ({ host }) =>
    connectionsOf({ host, open: host.network?.connections() ?? [], exchanging: host.exchanging() }),
}

interface Company {
  readonly host: Pick<ReachHost, 'nameOf' | 'standingOf'> & {
    readonly network?: { punched(peer: string): { readonly outcome: string } | undefined } | undefined
  }
  readonly open: readonly ConnectionInfo[]
  readonly exchanging: readonly Exchange[]
}

/** Joins the connections of the network with what is exchanged over them, and over those of other protocols. */
export function connectionsOf({ host, open, exchanging }: Company): ConnectionsReport {
  const ways = Map.groupBy(open, ({ peer }) => peer)
  const exchanges = Map.groupBy(exchanging, ({ peer }) => peer)
  const all = [...new Set([...ways.keys(), ...exchanges.keys()])].map(peer =>
    rowOf(host, peer, ways.get(peer) ?? [], exchanges.get(peer) ?? []),
  )
  all.sort((a, b) => known(b) - known(a) || rate(b) - rate(a))
  return {
    rows: all.slice(0, maxConnectionRows),
    rest: groupsOf(all.slice(maxConnectionRows)),
    count: all.length,
  }
}

function rowOf(
  host: Company['host'],
  peer: string,
  ways: readonly ConnectionInfo[],
  exchanges: readonly Exchange[],
): ConnectionRow {
  const [way] = [...ways].sort((a, b) => nearest.indexOf(a.path) - nearest.indexOf(b.path))
  const [first] = exchanges
  const path = way?.path ?? first!.path
  const contact = host.nameOf(peer)
  const standing = host.standingOf(peer)
  const punched =
    path === 'direct' && (first?.punched ?? (way && host.network?.punched(peer)?.outcome === 'direct'))
  const address = way?.address ?? first?.address
  const client = exchanges.find(one => one.client !== undefined)?.client
  const rttMs = way?.rttMs ?? first?.rttMs
  const used = [...new Set(exchanges.map(({ network }) => network))].sort()
  return {
    peer,
    ...(contact !== undefined && { contact }),
    ...(standing !== undefined && { standing }),
    networks: used.length > 0 ? used : [way?.isPeerage || standing !== undefined ? 'private' : 'ipfs'],
    path,
    ...(punched && { punched }),
    ...(way?.via !== undefined && { via: named(host, way.via) }),
    ...(address !== undefined && { address }),
    ...(client !== undefined && { client }),
    ...(rttMs !== undefined && { rttMs }),
    contents: exchanges.length,
    downBytesPerSecond: sum(exchanges, 'downBytesPerSecond'),
    upBytesPerSecond: sum(exchanges, 'upBytesPerSecond'),
  }
}

function named({ nameOf }: Company['host'], peer: string): NonNullable<ConnectionRow['via']> {
  const contact = nameOf(peer)
  return { peer, ...(contact !== undefined && { contact }) }
}

function groupsOf(rows: readonly ConnectionRow[]): ConnectionGroup[] {
  return [...Map.groupBy(rows, ({ path }) => path)].map(([path, those]) => ({
    path,
    count: those.length,
    downBytesPerSecond: sum(those, 'downBytesPerSecond'),
    upBytesPerSecond: sum(those, 'upBytesPerSecond'),
  }))
}

function known({ standing }: ConnectionRow): number {
  return standing === 'contact' ? 2 : standing === 'fellow' ? 1 : 0
}

function rate({ downBytesPerSecond, upBytesPerSecond }: ConnectionRow): number {
  return downBytesPerSecond + upBytesPerSecond
}

function sum<Key extends 'downBytesPerSecond' | 'upBytesPerSecond'>(
  rows: readonly Readonly<Record<Key, number>>[],
  key: Key,
): number {
  return rows.reduce((total, row) => total + row[key], 0)
}
