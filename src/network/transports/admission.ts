import { isIPv4 } from 'node:net'
import { isLanIp, isLoopbackIp, unmapped } from '../path.ts'

export interface AdmissionLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly maxConnectionsFromLoopback: number
  readonly maxPendingInbound: number
  readonly maxInboundPerSecond: number
  /** Refuses whoever is neither on this machine nor on a local network. */
  readonly lanOnly: boolean
}

/** Everything that can refuse an inbound connection, in the order of the checks. */
export type Refusal = 'blocked' | 'far' | 'connections' | 'pending' | 'address' | 'rate'

export interface Admitted {
  /** The other side has proven who it is. */
  upgraded(): void
  closed(): void
}

/**
 * Who counts as one for limits: an IPv4 address, or an IPv6 /56, which is what one customer gets (RFC 6177). Loopback is one.
 */
export function addressGroup(ip: string): string {
  const plain = unmapped(ip)
  if (isLoopbackIp(plain)) return 'loopback'
  if (isIPv4(plain)) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  const [a, b, c, d] = groups.map(group => Number.parseInt(group, 16) || 0)
  return [a, b, c, (d ?? 0) & 0xff00].map(group => (group ?? 0).toString(16)).join(':')
}

interface Group {
  open: number
  /** Connections of the second that began at `since`. */
  recent: number
  since: number
}

/** Decides, before a byte is read, whether an inbound TCP connection may stay. */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #now: () => number
  readonly #near: (ip: string) => boolean
  readonly #blocks: (ip: string) => boolean
  readonly #groups: Map<string, Group> = new Map()
  #open = 0
  #pending = 0

  /** `near` tells which other addresses are on a network of this machine, `blocks` who is never talked to. */
  constructor(
    limits: AdmissionLimits,
    now: () => number,
    near: (ip: string) => boolean = () => false,
    blocks: (ip: string) => boolean = () => false,
  ) {
    this.#near = near
    this.#blocks = blocks
    this.#limits = limits
    this.#now = now
  }

  get open(): number {
    return this.#open
  }

  get pending(): number {
    return this.#pending
  }

  /** Groups that are kept track of: those with open connections, and those of the last second. */
  get groups(): number {
    return this.#groups.size
  }

  admit(ip: string): Admitted | Refusal {
    if (this.#blocks(ip)) return 'blocked'
    if (this.#limits.lanOnly && !isLoopbackIp(ip) && !isLanIp(ip) && !this.#near(ip)) return 'far'
    if (this.#open >= this.#limits.maxConnections) return 'connections'
    if (this.#pending >= this.#limits.maxPendingInbound) return 'pending'
    const name = addressGroup(ip)
    const group = this.#group(name)
    const local = name === 'loopback'
    const limit = local ? this.#limits.maxConnectionsFromLoopback : this.#limits.maxConnectionsPerAddress
    if (group.open >= limit) return 'address'
    if (!local && group.recent >= this.#limits.maxInboundPerSecond) return 'rate'
    group.recent++
    group.open++
    this.#open++
    this.#pending++
    return this.#admitted(group)
  }

  #group(name: string): Group {
    const now = this.#now()
    if (this.#groups.size > this.#limits.maxConnections) this.#forget(now)
    const group = this.#groups.get(name) ?? { open: 0, recent: 0, since: now }
    this.#groups.set(name, group)
    if (now - group.since < 1000) return group
    group.since = now
    group.recent = 0
    return group
  }

  #forget(now: number): void {
    for (const [name, group] of this.#groups) {
      if (group.open === 0 && now - group.since >= 1000) this.#groups.delete(name)
    }
  }

  #admitted(group: Group): Admitted {
    let pending = true
    let open = true
    const upgraded = (): void => {
      if (pending) this.#pending--
      pending = false
    }
    const closed = (): void => {
      upgraded()
      if (!open) return
      open = false
      group.open--
      this.#open--
    }
    return { upgraded, closed }
  }
}
