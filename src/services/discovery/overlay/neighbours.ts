import type { World } from '../../../base/index.ts'
import { isLanIp, isLoopbackIp, type Path } from '../../../network/index.ts'

/** An open stream to another node. */
export interface Link {
  readonly peer: string
  /** We chose it. */
  readonly outbound: boolean
  readonly path: Path
  /** Where it comes from, see `netGroup`. */
  readonly group: string
  /** Both sides agreed. */
  joined: boolean
  /** A sample was asked for and has not come. */
  awaitsSample: boolean
  /** Messages beyond what it may send. */
  excess: number
}

export interface NeighbourLimits {
  /** Links that this node chooses itself, and those that others chose: nobody can push out what we chose. */
  readonly outbound: number
  readonly inbound: number
  /** Of these, from one group. */
  readonly inboundPerGroup: number
}

/** The active view: nodes that are talked to now. */
export class Neighbours {
  readonly #world: World
  readonly #limits: NeighbourLimits
  readonly #links = new Map<string, Link>()

  constructor(world: World, limits: NeighbourLimits) {
    this.#world = world
    this.#limits = limits
  }

  get(peer: string): Link | undefined {
    return this.#links.get(peer)
  }

  has(peer: string): boolean {
    return this.#links.has(peer)
  }

  get joined(): Link[] {
    return [...this.#links.values()].filter(({ joined }) => joined)
  }

  get outbound(): Link[] {
    return this.joined.filter(({ outbound }) => outbound)
  }

  add(link: Link): void {
    this.#links.set(link.peer, link)
  }

  remove(peer: string): void {
    this.#links.delete(peer)
  }

  /** Whether one more may come from that group. */
  hasRoom(group: string): boolean {
    const inbound = this.joined.filter(link => !link.outbound)
    const same = inbound.filter(link => link.group === group).length
    return inbound.length < this.#limits.inbound && same < this.#limits.inboundPerGroup
  }

  get wantsMore(): boolean {
    return this.outbound.length < this.#limits.outbound
  }

  /** One of those that were chosen, when there are more of them than wanted: others get their turn. */
  spare(except: string): Link | undefined {
    const { outbound } = this
    if (outbound.length <= this.#limits.outbound) return undefined
    return this.pick(outbound.filter(({ peer }) => peer !== except))
  }

  /** By chance. */
  pick(links: readonly Link[]): Link | undefined {
    return links[this.#world.random.below(Math.max(1, links.length))]
  }

  /** So many of those that joined, by chance. */
  some(count: number): Link[] {
    return shuffled(this.#world, this.joined).slice(0, count)
  }
}

export function shuffled<Item>(world: World, items: readonly Item[]): Item[] {
  const out = [...items]
  for (let at = out.length - 1; at > 0; at--) {
    const other = world.random.below(at + 1)
    const item = out[at]!
    out[at] = out[other]!
    out[other] = item
  }
  return out
}

/** Who counts as one when a node sees to it that those whom it knows are diverse: an IPv4 /24, an IPv6 /48; on local networks each machine. */
export function netGroup(ip: string): string {
  if (ip === '' || isLoopbackIp(ip)) return ''
  if (isLanIp(ip)) return ip
  return ip.includes(':') ? ip.split(':').slice(0, 3).join(':') : ip.split('.').slice(0, 3).join('.')
}
