import { fromUtf8, toHex, type World } from '../../base/index.ts'

/** Judges values of one name space; both functions are pure and bounded, since strangers choose what they are given. */
export interface ValueValidator {
  /** Whether a value may stand under a key, for example because who owns the key signed it. */
  isValid(key: Uint8Array, value: Uint8Array): boolean
  /** Which of two valid values is to be kept: negative, `a`; positive, `b`. */
  compare(a: Uint8Array, b: Uint8Array): number
}

/** By name space: `pk` judges `/pk/...`. Of other name spaces nothing is kept and nothing believed. */
export type Validators = Readonly<Record<string, ValueValidator>>

export interface ValueLimits {
  readonly maxValues: number
  readonly valueMs: number
}

/** The validator of a key such as `/ipns/...`. */
export function validatorOf(validators: Validators, key: Uint8Array): ValueValidator | undefined {
  if (key[0] !== slash) return undefined
  const end = key.indexOf(slash, 1)
  const name = end < 2 ? undefined : fromUtf8(key.subarray(1, end))
  return name !== undefined && Object.hasOwn(validators, name) ? validators[name] : undefined
}

const slash = 0x2f

interface Kept {
  readonly value: Uint8Array
  readonly at: number
}

/** Values that are kept for others, each judged before. */
export class ValueStore {
  readonly #world: World
  readonly #limits: ValueLimits
  readonly #validators: Validators
  /** By key in hex, who was put last comes last. */
  readonly #values = new Map<string, Kept>()

  constructor(world: World, limits: ValueLimits, validators: Validators) {
    this.#world = world
    this.#limits = limits
    this.#validators = validators
  }

  get size(): number {
    return this.#values.size
  }

  /** Answers whether the value stands now, or a better one does not. */
  put(key: Uint8Array, value: Uint8Array): boolean {
    const validator = validatorOf(this.#validators, key)
    if (validator?.isValid(key, value) !== true) return false
    const before = this.get(key)
    if (before !== undefined && validator.compare(before, value) < 0) return false
    const name = toHex(key)
    this.#values.delete(name)
    this.#values.set(name, { value: value.slice(), at: this.#world.now() })
    if (this.#values.size > this.#limits.maxValues) this.#values.delete(this.#values.keys().next().value!)
    return true
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const kept = this.#values.get(toHex(key))
    return kept !== undefined && this.#isFresh(kept) ? kept.value : undefined
  }

  expire(): void {
    for (const [name, kept] of this.#values) if (!this.#isFresh(kept)) this.#values.delete(name)
  }

  #isFresh({ at }: Kept): boolean {
    return this.#world.now() - at < this.#limits.valueMs
  }
}
