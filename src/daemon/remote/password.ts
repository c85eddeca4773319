import { timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { defaultPassphraseCost, type PassphraseCost, passphraseKey } from '../../access/index.ts'
import { fromBase64url, type Random, toBase64url, z } from '../../base/index.ts'
import { readIfThere, writePrivate } from '../home-files.ts'

/** Characters that a password of remote access has at least. */
export const minPasswordLength = 12

interface Kept {
  version: 1
  kdf: 'argon2id'
  memoryKiB: number
  passes: number
  salt: string
  key: string
}

/** Costs are bounded so that a damaged file cannot ask for all the memory there is. */
const kept: z.ZodType<Kept> = z.strictObject({
  version: z.literal(1),
  kdf: z.literal('argon2id'),
  memoryKiB: z.int().min(8).max(1_048_576),
  passes: z.int().min(1).max(64),
  salt: z.base64url().length(22),
  key: z.base64url().length(43),
})

/** The password of remote access, of which only what argon2id makes of it is kept, in HOME/remote.password. */
export class RemotePassword {
  readonly #path: string
  readonly #random: Random
  readonly #cost: PassphraseCost
  #kept: Kept | undefined

  constructor(home: string, random: Random, cost: PassphraseCost = defaultPassphraseCost) {
    this.#path = join(home, 'remote.password')
    this.#random = random
    this.#cost = cost
    this.#kept = parse(readIfThere(this.#path))
  }

  /** False too when the file is damaged: nobody gets in then. */
  get isSet(): boolean {
    return this.#kept !== undefined
  }

  /** Kept on disk when it resolves. */
  async set(password: string): Promise<void> {
    const salt = this.#random.bytes(16)
    const key = await passphraseKey(password, salt, this.#cost)
    const next: Kept = {
      version: 1,
      kdf: 'argon2id',
      ...this.#cost,
      salt: toBase64url(salt),
      key: toBase64url(key),
    }
    writePrivate(this.#path, `${JSON.stringify(next, undefined, 2)}\n`)
    this.#kept = next
  }

  /** Takes as long for a wrong one as for the right one. */
  async matches(password: string): Promise<boolean> {
    const { salt, key, memoryKiB, passes } = this.#kept ?? { salt: '', key: '', ...this.#cost }
    const computed = await passphraseKey(password, salt === '' ? new Uint8Array(16) : fromBase64url(salt), {
      memoryKiB,
      passes,
    })
    return key !== '' && timingSafeEqual(computed, fromBase64url(key))
  }
}

function parse(text: string | undefined): Kept | undefined {
  try {
    const parsed = kept.parse(JSON.parse(text ?? ''))
    return fromBase64url(parsed.salt).length === 16 && fromBase64url(parsed.key).length === 32
      ? parsed
      : undefined
  } catch {
    return undefined
  }
}
