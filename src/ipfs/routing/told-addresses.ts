import type { KeyValue } from '../../access/index.ts'
import { type World, z } from '../../base/index.ts'
import { isLocalPath, pathOf } from '../../network/index.ts'

interface ToldAddressesParts {
  readonly world: World
  readonly state: KeyValue
  /** An address that is gone for longer stands in no announcement that still holds. */
  readonly keepMs: number
}

/** A stretch of World.wallTime(), the end of it excluded. */
type Stretch = readonly [from: number, to: number]

const place = ['ipfs-provided-at', 'self'] as const
const most = 64

const schema = z.object({
  addresses: z.array(z.string().max(512)).max(most),
  lacking: z.array(z.tuple([z.number().min(0), z.number().min(0)])).max(most),
})

/**
 * Which announcements told others all addresses that we have now. A start is no change: until the router has opened its port again, or a relay has
 * answered, there are fewer addresses than before, and then they are the same.
 */
export class ToldAddresses {
  readonly #parts: ToldAddressesParts
  /** Since when each is gone; undefined: it is ours now. */
  readonly #known: Map<string, number | undefined>
  #lacking: readonly Stretch[]

  constructor(parts: ToldAddressesParts) {
    this.#parts = parts
    const { data } = schema.safeParse(parts.state.get(...place))
    const now = parts.world.wallTime()
    this.#known = new Map((data?.addresses ?? []).map(address => [address, now]))
    // Of a clock that was set back since.
    this.#lacking = (data?.lacking ?? []).filter(([, to]) => to <= now)
  }

  /** Whether any announcement lacks something, as far as is known. */
  get isComplete(): boolean {
    return this.#lacking.length === 0
  }

  /** Our addresses are these now. */
  are(addresses: readonly string[]): void {
    const { world, keepMs } = this.#parts
    const now = world.wallTime()
    const current = new Set(addresses.filter(address => !isLocalPath(pathOf(address))).slice(0, most))
    let isNew = false
    for (const address of current) {
      if (this.#known.has(address) && this.#known.get(address) === undefined) continue
      this.#addLacking([this.#known.get(address) ?? 0, now])
      this.#known.delete(address)
      this.#known.set(address, undefined)
      isNew = true
    }
    for (const [address, goneAt] of this.#known) {
      if (current.has(address)) continue
      if (goneAt === undefined) this.#known.set(address, now)
      else if (goneAt < now - keepMs) this.#known.delete(address)
    }
    if (isNew) this.#save()
  }

  /** Whether an announcement of that time (World.wallTime()) told others less than all of them. */
  lacks(at: number): boolean {
    return this.#lacking.some(([from, to]) => at >= from && at < to)
  }

  /** All of those were made again. */
  settled(): void {
    if (this.isComplete) return
    this.#lacking = []
    this.#save()
  }

  /** Those that touch become one. */
  #addLacking(added: Stretch): void {
    let [from, to] = added
    if (from >= to) return
    const apart = this.#lacking.filter(one => {
      const isApart = this.#lacking.length < most && (one[1] < from || one[0] > to)
      if (!isApart) [from, to] = [Math.min(from, one[0]), Math.max(to, one[1])]
      return isApart
    })
    this.#lacking = [...apart, [from, to]]
  }

  #save(): void {
    for (const [address, goneAt] of this.#known)
      if (this.#known.size > most && goneAt !== undefined) this.#known.delete(address)
    const addresses = [...this.#known.keys()].slice(-most)
    this.#parts.state.put(...place, { addresses, lacking: this.#lacking })
  }
}
