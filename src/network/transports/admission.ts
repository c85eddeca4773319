import { isLanIp, isLoopbackIp } from '../path.ts'
import { addressGroup, addressSubnet } from './address-group.ts'

export interface AdmissionLimits {
  readonly maxConnections: number
  readonly maxRawConnections: number
  readonly maxConnectionsPerAddress: number
  readonly maxConnectionsPerSubnet: number
  readonly maxConnectionsFromLoopback: number
  readonly maxPendingInbound: number
  readonly maxInboundPerSecond: number
  /** Refuses whoever is neither on this machine nor on a local network. */
  readonly lanOnly: boolean
}

/** Everything that can refuse an inbound connection, in the order of the checks. */
export type Refusal = 'blocked' | 'far' | 'connections' | 'pending' | 'address' | 'subnet' | 'rate'

export interface Admitted {
  /** It has shown of which kind it is. False: there are too many of those, and it must go. */
  is(kind: 'libp2p' | 'raw'): boolean
  /** The other side has proven who it is, or has been handed to its protocol. */
  upgraded(): void
  closed(): void
}

/**
 * Places beyond `maxConnections` in which somebody may show who it is though we are full: a contact stays, and somebody of less use
 * leaves for it.
 */
export const doorPlaces = 32

/** How long a connection that has not proven anything is left alone when others wait for its place, in ms. */
const pendingGraceMs = 1_000

interface Group {
  open: number
  /** Connections of the second that began at `since`. */
  recent: number
  since: number
}

interface Pending {
  readonly subnet: string
  readonly since: number
  readonly cut: () => void
}

export interface AdmissionPorts {
  readonly limits: AdmissionLimits
  now(): number
  /** Which other addresses are on a network of this machine. */
  near?(ip: string): boolean
  /** Who is never talked to. */
  blocks?(ip: string): boolean
}

/** Decides, before a byte is read, whether an inbound connection may stay; counts the outbound ones too. */
export class Admission {
  readonly #ports: AdmissionPorts
  readonly #limits: AdmissionLimits
  readonly #groups: Map<string, Group> = new Map()
  readonly #subnets: Map<string, number> = new Map()
  readonly #pending: Set<Pending> = new Set()
  readonly #refused: Map<Refusal | 'crowded', number> = new Map()
  #open = 0
  #raw = 0

  constructor(ports: AdmissionPorts) {
    this.#ports = ports
    this.#limits = ports.limits
  }

  /** Connections of libp2p, in and out, and those that may yet become such. */
  get open(): number {
    return this.#open
  }

  /** Inbound connections of other protocols. */
  get raw(): number {
    return this.#raw
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Groups that are kept track of: those with open connections, and those of the last second. */
  get groups(): number {
    return this.#groups.size
  }

  /** How often each refusal has happened; `crowded`: cut before it had proven anything, to make room for another. */
  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused)
  }

  /** `cut` is called, at most once, when its place is given to another before it has proven anything. */
  admit(ip: string, cut: () => void = () => {}): Admitted | Refusal {
    const subnet = addressSubnet(ip)
    const refusal = this.#refusal(ip, subnet)
    if (refusal !== undefined) return this.#count(refusal)
    if (this.#pending.size >= this.#limits.maxPendingInbound && !this.#makeRoom(subnet))
      return this.#count('pending')
    const group = this.#enter(addressGroup(ip))
    this.#open++
    this.#subnets.set(subnet, (this.#subnets.get(subnet) ?? 0) + 1)
    const pending = { subnet, since: this.#ports.now(), cut }
    this.#pending.add(pending)
    return this.#admitted(group, pending)
  }

  /** An outbound connection was made: it counts, and is never refused here, for somebody here wanted it. */
  dialled(): Pick<Admitted, 'closed'> {
    this.#open++
    return { closed: once(() => this.#open--) }
  }

  #count(refusal: Refusal): Refusal {
    this.#refused.set(refusal, (this.#refused.get(refusal) ?? 0) + 1)
    return refusal
  }

  #refusal(ip: string, subnet: string): Refusal | undefined {
    const { lanOnly, maxConnections, maxRawConnections, ...limits } = this.#limits
    if (this.#ports.blocks?.(ip) === true) return 'blocked'
    const loopback = isLoopbackIp(ip)
    const local = loopback || isLanIp(ip) || this.#ports.near?.(ip) === true
    if (lanOnly && !local) return 'far'
    if (this.#open >= maxConnections + doorPlaces && this.#raw >= maxRawConnections) return 'connections'
    const perAddress = loopback ? limits.maxConnectionsFromLoopback : limits.maxConnectionsPerAddress
    const group = this.#groups.get(addressGroup(ip))
    if (group === undefined) return this.#subnetRefusal(local, subnet)
    if (group.open >= perAddress) return 'address'
    const isRecent = this.#ports.now() - group.since < 1000
    if (!loopback && isRecent && group.recent >= limits.maxInboundPerSecond) return 'rate'
    return this.#subnetRefusal(local, subnet)
  }

  /** A local network is one subnet, and its neighbours are not one. */
  #subnetRefusal(isLocal: boolean, subnet: string): 'subnet' | undefined {
    const isFull = (this.#subnets.get(subnet) ?? 0) >= this.#limits.maxConnectionsPerSubnet
    return isFull && !isLocal ? 'subnet' : undefined
  }

  /**
   * A flood of connections that say nothing must not keep honest ones out: of the subnet with the most pending ones, the oldest gives its
   * place, if it has had time enough.
   */
  #makeRoom(subnet: string): boolean {
    const crowds = new Map<string, number>()
    for (const one of this.#pending) crowds.set(one.subnet, (crowds.get(one.subnet) ?? 0) + 1)
    const [crowd, size] = [...crowds].reduce((most, next) => (next[1] > most[1] ? next : most))
    const oldest = [...this.#pending].find(one => one.subnet === crowd)!
    const isCrowd = size > 1 && size * 4 > this.#limits.maxPendingInbound && crowd !== subnet
    if (!isCrowd && this.#ports.now() - oldest.since < pendingGraceMs) return false
    this.#pending.delete(oldest)
    this.#refused.set('crowded', (this.#refused.get('crowded') ?? 0) + 1)
    oldest.cut()
    return true
  }

  /** Only who was let in is remembered: refusing costs no memory. */
  #enter(name: string): Group {
    const now = this.#ports.now()
    if (this.#groups.size > this.#limits.maxConnections) this.#forget(now)
    const group = this.#groups.get(name) ?? { open: 0, recent: 0, since: now }
    this.#groups.set(name, group)
    if (now - group.since >= 1000) {
      group.since = now
      group.recent = 0
    }
    group.recent++
    group.open++
    return group
  }

  #forget(now: number): void {
    for (const [name, group] of this.#groups) {
      if (group.open === 0 && now - group.since >= 1000) this.#groups.delete(name)
    }
  }

  #admitted(group: Group, pending: Pending): Admitted {
    let leave = (): number => this.#open--
    const upgraded = (): void => void this.#pending.delete(pending)
    return {
      upgraded,
      is: kind => {
        const { maxConnections, maxRawConnections } = this.#limits
        const isFull =
          kind === 'raw' ? this.#raw >= maxRawConnections : this.#open > maxConnections + doorPlaces
        if (isFull) this.#count('connections')
        if (isFull || kind === 'libp2p') return !isFull
        this.#open--
        this.#raw++
        leave = () => this.#raw--
        return true
      },
      closed: once(() => {
        upgraded()
        group.open--
        leave()
        this.#leaveSubnet(pending.subnet)
      }),
    }
  }

  #leaveSubnet(subnet: string): void {
    const left = (this.#subnets.get(subnet) ?? 1) - 1
    if (left === 0) this.#subnets.delete(subnet)
    else this.#subnets.set(subnet, left)
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
