import type { Answer } from '../../api/client.ts'

export type ConnectionRow = Answer<'reach.connections'>['rows'][number]
export type ConnectionGroup = Answer<'reach.connections'>['rest'][number]
/** A way as people tell them apart. */
export type WayName = 'memory' | 'loopback' | 'lan' | 'direct' | 'punched' | 'relayed'

export interface GraphNode {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly way: WayName
  /** Absent for a group and for a relay that is not connected itself. */
  readonly row?: ConnectionRow
  /** So many are drawn as one. */
  readonly count: number
  /** Where its line begins: at us, or at the relay. */
  readonly from: { readonly x: number; readonly y: number }
  /** Bytes per second, both ways. */
  readonly rate: number
}

export interface Graph {
  readonly width: number
  readonly height: number
  readonly centre: { readonly x: number; readonly y: number }
  readonly nodes: readonly GraphNode[]
}

const order: readonly WayName[] = ['memory', 'loopback', 'lan', 'direct', 'punched', 'relayed']

export function wayOf({ path, punched }: Pick<ConnectionRow, 'path' | 'punched'>): WayName {
  return punched ? 'punched' : path
}

interface Spot {
  readonly id: string
  readonly way: WayName
  readonly row?: ConnectionRow
  readonly count: number
  readonly rate: number
}

/** We stand in the middle, others around us by the way they are connected; whom a relay leads to stands behind it. More than `most` are drawn as groups. */
export function graphOf(
  rows: readonly ConnectionRow[],
  rest: readonly ConnectionGroup[],
  { width, most }: { readonly width: number; readonly most: number },
): Graph {
  const height = Math.round(Math.min(400, Math.max(280, width * 0.5)))
  const centre = { x: width / 2, y: height / 2 }
  const shown = rows.slice(0, most)
  const behind = shown.filter(({ via }) => via !== undefined)
  const spots: Spot[] = [
    ...shown.filter(({ via }) => via === undefined).map(spotOf),
    ...relaysOf(behind, shown),
    ...groupsOf(rows.slice(most), rest),
  ].sort((a, b) => order.indexOf(a.way) - order.indexOf(b.way))
  const reach = { x: width / 2 - 64, y: height / 2 - 40 }
  const inner = behind.length > 0 ? 0.62 : 0.9
  const nodes: GraphNode[] = []
  const share = (2 * Math.PI) / Math.max(1, spots.length)
  spots.forEach((spot, i) => {
    const angle = i * share - Math.PI / 2
    const here = placeAt(centre, reach, angle, inner)
    nodes.push({ ...spot, ...here, from: centre })
    const led = behind.filter(({ via }) => via?.peer === spot.id)
    led.forEach((row, j) => {
      const spread = (j - (led.length - 1) / 2) * Math.min(0.35, share / (led.length + 1))
      nodes.push({ ...spotOf(row), ...placeAt(centre, reach, angle + spread, 1), from: here })
    })
  })
  return { width, height, centre, nodes }
}

function placeAt(
  centre: { readonly x: number; readonly y: number },
  reach: { readonly x: number; readonly y: number },
  angle: number,
  far: number,
): { readonly x: number; readonly y: number } {
  return {
    x: Math.round(centre.x + Math.cos(angle) * reach.x * far),
    y: Math.round(centre.y + Math.sin(angle) * reach.y * far),
  }
}

function spotOf(row: ConnectionRow): Spot {
  return { id: row.peer, way: wayOf(row), row, count: 1, rate: row.downBytesPerSecond + row.upBytesPerSecond }
}

/** Relays that are not drawn already: they carry connections of others, and nothing else of ours. */
function relaysOf(behind: readonly ConnectionRow[], shown: readonly ConnectionRow[]): Spot[] {
  const missing = new Set(behind.flatMap(({ via }) => via?.peer ?? []))
  for (const { peer, via } of shown) if (via === undefined) missing.delete(peer)
  return [...missing].map(id => ({ id, way: 'relayed', count: 1, rate: 0 }))
}

function groupsOf(more: readonly ConnectionRow[], rest: readonly ConnectionGroup[]): Spot[] {
  const groups = new Map<WayName, { count: number; rate: number }>()
  const add = (way: WayName, count: number, rate: number): void => {
    const before = groups.get(way) ?? { count: 0, rate: 0 }
    groups.set(way, { count: before.count + count, rate: before.rate + rate })
  }
  for (const row of more) add(wayOf(row), 1, row.downBytesPerSecond + row.upBytesPerSecond)
  for (const { path, count, downBytesPerSecond, upBytesPerSecond } of rest)
    add(path, count, downBytesPerSecond + upBytesPerSecond)
  return [...groups].map(([way, { count, rate }]) => ({ id: `group ${way}`, way, count, rate }))
}
