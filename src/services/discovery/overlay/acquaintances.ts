import { toHex, type World } from '../../../base/index.ts'
import type { PeerRecord } from '../../../network/index.ts'
import { peerTopic } from '../topic.ts'
import { netGroup, shuffled } from './neighbours.ts'

export interface Acquaintance {
  readonly peer: string
  /** As signed. */
  readonly record: Uint8Array
  readonly seq: number
  /** Those that may be dialled. */
  readonly addresses: readonly string[]
  readonly group: string
  /** Under which it is sought, in hex. */
  readonly topic: string
  failures: number
  nextTryAt: number
  /** It was a neighbour of ours once. */
  proven: boolean
}

export interface AcquaintanceLimits {
  readonly most: number
  readonly perGroup: number
  /** One that cannot be reached is forgotten after so many tries. */
  readonly maxFailures: number
  readonly retryMs: number
}

/** The passive view: nodes that were heard of, diverse, and bounded. Whoever was a neighbour stays longer than who was only told of. */
export class OverlayAcquaintances {
  readonly #world: World
  readonly #limits: AcquaintanceLimits
  readonly #all = new Map<string, Acquaintance>()
  readonly #perGroup = new Map<string, number>()

  constructor(world: World, limits: AcquaintanceLimits) {
    this.#world = world
    this.#limits = limits
  }

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<Acquaintance> {
    return this.#all.values()
  }

  has(peer: string): boolean {
    return this.#all.has(peer)
  }

  /** `addresses`: those of the record that may be believed. */
  learn({ peer, seq, envelope }: PeerRecord, addresses: readonly string[]): void {
    const known = this.#all.get(peer)
    if (addresses.length === 0 || (known !== undefined && known.seq >= seq)) return
    const group = netGroup(addresses[0]!.split('/')[2] ?? '')
    if (known === undefined && !this.#makeRoom(group)) return
    if (known !== undefined) this.#forget(known)
    this.#perGroup.set(group, (this.#perGroup.get(group) ?? 0) + 1)
    const fresh = { failures: 0, nextTryAt: 0, proven: known?.proven ?? false }
    const topic = known?.topic ?? toHex(peerTopic(peer))
    this.#all.set(peer, { peer, record: envelope, seq, addresses, group, topic, ...fresh })
  }

  reached(peer: string): void {
    const known = this.#all.get(peer)
    if (known === undefined) return
    known.failures = 0
    known.proven = true
  }

  failed(peer: string): void {
    const known = this.#all.get(peer)
    if (known === undefined) return
    known.failures++
    known.nextTryAt = this.#world.now() + this.#limits.retryMs * 2 ** known.failures
    if (known.failures >= this.#limits.maxFailures) this.#forget(known)
  }

  /** One that may be dialled now, by chance, rather one of a group that is not among `groups`. */
  choose(groups: ReadonlySet<string>, may: (peer: string) => boolean): Acquaintance | undefined {
    const now = this.#world.now()
    const ready = shuffled(
      this.#world,
      [...this.#all.values()].filter(({ peer, nextTryAt }) => nextTryAt <= now && may(peer)),
    )
    return ready.find(({ group }) => group === '' || !groups.has(group)) ?? ready[0]
  }

  /** Records of so many, by chance, to be told to others. */
  sample(count: number, except: string): Uint8Array[] {
    const all = [...this.#all.values()]
    const picked = new Set<Acquaintance>()
    // By chance; some tries are in vain.
    for (let tries = 2 * count; tries > 0 && picked.size < count && all.length > 0; tries--) {
      const one = all[this.#world.random.below(all.length)]!
      if (one.peer !== except && one.failures === 0) picked.add(one)
    }
    return [...picked].map(({ record }) => record)
  }

  #makeRoom(group: string): boolean {
    if (group !== '' && (this.#perGroup.get(group) ?? 0) >= this.#limits.perGroup) return false
    if (this.#all.size < this.#limits.most) return true
    const order = shuffled(this.#world, [...this.#all.values()])
    const worst =
      order.find(({ failures }) => failures > 0) ?? order.find(({ proven }) => !proven) ?? order[0]
    if (worst !== undefined) this.#forget(worst)
    return true
  }

  #forget({ peer, group }: Acquaintance): void {
    this.#all.delete(peer)
    const left = (this.#perGroup.get(group) ?? 1) - 1
    if (left > 0) this.#perGroup.set(group, left)
    else this.#perGroup.delete(group)
  }
}
