import type { Endpoint } from '../datagrams.ts'

/**
 * What stands between this peer's UDP socket and the internet: nothing that changes addresses (`none`); a router that uses one port for
 * all destinations (`easy`), or a new one for each (`hard`); something that lets no UDP pass (`blocked`).
 */
export type NatKind = 'none' | 'easy' | 'hard' | 'blocked' | 'unknown'

export interface NatReport {
  readonly family: 4 | 6
  readonly kind: NatKind
  /** Our endpoint as others see it. Of `hard` the latest one, of `unknown` hearsay of a single network. */
  readonly endpoint?: Endpoint
  /** Networks that agree on it. */
  readonly by: number
  /** Of `hard`, where it shows: how far the port for the next destination is from the one before. */
  readonly step?: number
}

/** What somebody in one network (`group`) said of where it sees us. */
export interface Observation {
  readonly group: string
  readonly seen: Endpoint
  /** World.now() when this was first said by that network. */
  readonly since: number
}

/** So many networks must agree: one may lie. */
const quorum = 2
/** Ports farther apart than this were drawn by chance. */
const maxStep = 32

/** `silent`: networks that were asked and never answered. `isOurs`: whether an endpoint is that of our socket itself. */
export function judgeNat(
  family: 4 | 6,
  said: readonly Observation[],
  silent: number,
  isOurs: (endpoint: Endpoint) => boolean,
): NatReport {
  // Nobody can lie a public address into our interfaces.
  const ours = said.filter(({ seen }) => isOurs(seen))
  if (ours.length > 0) return { family, kind: 'none', endpoint: ours[0]!.seen, by: ours.length }
  if (said.length === 0) return { family, kind: silent >= quorum ? 'blocked' : 'unknown', by: 0 }
  const there = mostOften(said, ({ seen }) => seen.address)
  const latest = [...there].sort((a, b) => a.since - b.since)
  const { seen } = latest.at(-1)!
  if (!agree(there, said)) return { family, kind: 'unknown', endpoint: seen, by: there.length }
  const port = mostOften(there, one => one.seen.port)
  if (agree(port, there)) return { family, kind: 'easy', endpoint: port[0]!.seen, by: port.length }
  const step = stepOf(latest.map(one => one.seen.port))
  if (step === undefined) return { family, kind: 'hard', endpoint: seen, by: there.length }
  const ports = there.map(one => one.seen.port)
  const endpoint = { address: seen.address, port: step > 0 ? Math.max(...ports) : Math.min(...ports) }
  return { family, kind: 'hard', endpoint, by: there.length, step }
}

function agree(some: readonly Observation[], all: readonly Observation[]): boolean {
  return some.length >= quorum && some.length * 2 > all.length
}

function mostOften<Key>(all: readonly Observation[], keyOf: (one: Observation) => Key): Observation[] {
  const byKey = Map.groupBy(all, keyOf)
  return [...byKey.values()].reduce((most, some) => (some.length > most.length ? some : most))
}

/**
 * The smallest distance when none is far: between two of our questions others may have taken ports. Answers come in any order, so only
 * ports that fall one after the other say that the router counts down.
 */
export function stepOf(ports: readonly number[]): number | undefined {
  const sorted = [...ports].sort((a, b) => a - b)
  const gaps = sorted.slice(1).map((port, i) => port - sorted[i]!)
  if (gaps.some(gap => gap === 0 || gap > maxStep)) return undefined
  const isFalling = ports.every((port, i) => i === 0 || port < ports[i - 1]!)
  return Math.min(...gaps) * (isFalling ? -1 : 1)
}

/** Where others may reach us over UDP, by what several networks agree on: multiaddrs. */
export function observedAddresses(reports: readonly NatReport[]): string[] {
  return reports
    .filter(({ kind }) => kind === 'easy')
    .map(({ family, endpoint }) => `/ip${family}/${endpoint!.address}/udp/${endpoint!.port}/udx`)
}

/** What a router that goes on by `step` will likely take next, the likeliest first. */
export function portsAhead({ address, port }: Endpoint, step: number, count: number): Endpoint[] {
  const ports = Array.from({ length: count }, (_, i) => port + step * (i + 1))
  return ports.filter(ahead => ahead > 1023 && ahead < 65_536).map(ahead => ({ address, port: ahead }))
}
