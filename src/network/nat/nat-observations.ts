import type { World } from '../../base/index.ts'
import { addressBytes } from '../../wire/index.ts'
import type { Endpoint } from '../datagrams.ts'
import { judgeNat, type NatReport, type Observation, stepOf } from './nat-report.ts'

interface Noted extends Observation {
  readonly latest: number
}

/** Networks that are remembered, for each address family. */
export const maxObservers = 32
/** What was said longer ago than this counts no more: routers forget. */
export const observationMs: number = 10 * 60_000

/**
 * What others said of the UDP endpoint under which they see us. One network (/24, or /48 of IPv6) has one voice, that of its latest
 * word.
 */
export class NatObservations {
  readonly #world: World
  readonly #isLocal: (ip: string) => boolean
  readonly #isOurs: (endpoint: Endpoint) => boolean
  readonly #noted = { 4: new Map<string, Noted>(), 6: new Map<string, Noted>() }
  #taken: { readonly endpoint: Endpoint; readonly step: number | undefined; readonly at: number } | undefined
  readonly #silent = { 4: new Set<string>(), 6: new Set<string>() }

  constructor(
    world: World,
    { isLocal, isOurs }: { isLocal(ip: string): boolean; isOurs(endpoint: Endpoint): boolean },
  ) {
    this.#world = world
    this.#isLocal = isLocal
    this.#isOurs = isOurs
  }

  /** `observer` sees our socket as `seen`. Who is on our own networks can tell nothing of the way out. */
  observe(observer: Endpoint, seen: Endpoint): void {
    const family = familyOf(observer)
    if (family !== familyOf(seen) || this.#isLocal(observer.address)) return
    if (this.#isLocal(seen.address) && !this.#isOurs(seen)) return
    const group = groupOf(observer.address)
    const noted = this.#noted[family]
    const old = noted.get(group)
    const now = this.#world.now()
    const same = old !== undefined && old.seen.port === seen.port && old.seen.address === seen.address
    noted.delete(group)
    noted.set(group, { group, seen, since: same ? old.since : now, latest: now })
    if (noted.size > maxObservers) noted.delete(noted.keys().next().value!)
    this.#silent[family].delete(group)
  }

  /** Ports that our router has just taken, one after the other, for other sockets of ours. */
  taken(first: Endpoint, endpoint: Endpoint): void {
    this.#taken = { endpoint, step: stepOf([first.port, endpoint.port]), at: this.#world.now() }
  }

  /** `observer` was asked and did not answer. */
  silence(observer: Endpoint): void {
    const family = familyOf(observer)
    const silent = this.#silent[family]
    if (this.#isLocal(observer.address) || silent.size >= maxObservers) return
    silent.add(groupOf(observer.address))
  }

  /** Everything may be different now: another network. */
  forget(): void {
    for (const family of [4, 6] as const) {
      this.#noted[family].clear()
      this.#silent[family].clear()
    }
  }

  report(family: 4 | 6): NatReport {
    const since = this.#world.now() - observationMs
    const noted = this.#noted[family]
    for (const { group, latest } of noted.values()) if (latest < since) noted.delete(group)
    const report = judgeNat(family, [...noted.values()], this.#silent[family].size, this.#isOurs)
    const taken = this.#taken
    const isKnown = taken !== undefined && taken.at >= since && taken.step !== undefined
    if (family !== 4 || !isKnown || report.kind !== 'hard') return report
    if (report.endpoint?.address !== taken.endpoint.address) return report
    return { ...report, endpoint: taken.endpoint, step: taken.step! }
  }
}

function familyOf({ address }: Endpoint): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

function groupOf(address: string): string {
  return addressBytes(address)
    .slice(0, address.includes(':') ? 6 : 3)
    .join('.')
}
