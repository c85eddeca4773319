import { equalBytes, toHex, type World } from '../../base/index.ts'
import { type KrpcQuery, krpcErrors } from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import {
  type DhtItem,
  isMutable,
  itemLimits,
  type MutableItem,
  signingInput,
  targetOf,
  type VerifySignature,
} from './item.ts'

interface Stored {
  readonly item: DhtItem
  /** Who put it first: its share of the room is counted. */
  readonly by: string
  readonly at: number
}

/** Why an item was not taken, for the answer. */
export interface Refusal {
  readonly code: number
  readonly message: string
}

/** Items that others put here (BEP 44). Bounded; those that nobody has put again for the longest time go first. */
export class ItemStore {
  readonly #world: World
  readonly #config: DhtConfig
  readonly #verify: VerifySignature
  readonly #items = new Map<string, Stored>()
  readonly #perAddress = new Map<string, number>()

  constructor(world: World, config: DhtConfig, verify: VerifySignature) {
    this.#world = world
    this.#config = config
    this.#verify = verify
  }

  get size(): number {
    return this.#items.size
  }

  get(target: Uint8Array): DhtItem | undefined {
    const stored = this.#items.get(toHex(target))
    if (stored === undefined || stored.at < this.#world.now() - this.#config.itemMs) return undefined
    return stored.item
  }

  /** Takes what a `put` brings, or says why not. Whoever asks has shown a good token. */
  put(query: KrpcQuery, address: string): Refusal | undefined {
    const { value, publicKey, salt = new Uint8Array(0) } = query
    if (value === undefined) return refusal('protocol', 'no value, or not canonical')
    if (value.length > itemLimits.valueBytes) return refusal('valueTooBig', 'message (v field) too big')
    if (salt.length > itemLimits.saltBytes) return refusal('saltTooBig', 'salt too big')
    if (publicKey === undefined) return this.#keep({ value }, address)
    const { seq, signature, cas } = query
    if (seq === undefined || signature === undefined) return refusal('protocol', 'no seq or sig')
    const item = { value, publicKey, salt, seq, signature }
    const old = this.get(targetOf(item))
    const conflict = old && isMutable(old) ? conflictOf(old, item, cas) : undefined
    if (conflict !== undefined) return conflict
    // Last, since it costs the most.
    if (!this.#verify(publicKey, signingInput(value, seq, salt), signature))
      return refusal('badSignature', 'invalid signature')
    return this.#keep(item, address)
  }

  expire(): void {
    const late = this.#world.now() - this.#config.itemMs
    for (const [key, { at }] of this.#items) {
      if (at >= late) return
      this.#drop(key)
    }
  }

  #keep(item: DhtItem, address: string): Refusal | undefined {
    const key = toHex(targetOf(item))
    const by = this.#items.get(key)?.by ?? address
    if (!this.#items.has(key) && (this.#perAddress.get(by) ?? 0) >= this.#config.maxItemsPerAddress)
      return refusal('server', 'too many items')
    this.#drop(key)
    this.#items.set(key, { item, by, at: this.#world.now() })
    this.#perAddress.set(by, (this.#perAddress.get(by) ?? 0) + 1)
    if (this.#items.size > this.#config.maxItems) this.#drop(this.#items.keys().next().value!)
    return undefined
  }

  #drop(key: string): void {
    const stored = this.#items.get(key)
    if (stored === undefined) return
    this.#items.delete(key)
    const left = (this.#perAddress.get(stored.by) ?? 1) - 1
    if (left > 0) this.#perAddress.set(stored.by, left)
    else this.#perAddress.delete(stored.by)
  }
}

/** BEP 44, "put message" and "CAS". The same item again only starts its time anew. */
function conflictOf(old: MutableItem, item: MutableItem, cas: bigint | undefined): Refusal | undefined {
  if (cas !== undefined && cas !== old.seq) return refusal('casMismatch', 'the CAS number mismatched')
  if (item.seq < old.seq) return refusal('seqTooLow', 'sequence number less than current')
  if (item.seq === old.seq && !equalBytes(item.value, old.value))
    return refusal('seqTooLow', 'sequence number not greater than current')
  return undefined
}

function refusal(code: keyof typeof krpcErrors, message: string): Refusal {
  return { code: krpcErrors[code], message }
}
