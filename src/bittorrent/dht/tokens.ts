import { equalBytes, hmacSha256, utf8, type World } from '../../base/index.ts'

/** Tokens that prove that who announces really has the address it asked from (BEP 5). Nothing is kept for them. */
export class Tokens {
  readonly #world: World
  readonly #ms: number
  #secret: Uint8Array
  #before: Uint8Array
  #since: number

  constructor(world: World, ms: number) {
    this.#world = world
    this.#ms = ms
    this.#secret = world.random.bytes(32)
    this.#before = this.#secret
    this.#since = world.now()
  }

  make(ip: string): Uint8Array {
    this.#turn()
    return tokenOf(this.#secret, ip)
  }

  isGood(token: Uint8Array, ip: string): boolean {
    this.#turn()
    return equalBytes(token, tokenOf(this.#secret, ip)) || equalBytes(token, tokenOf(this.#before, ip))
  }

  #turn(): void {
    const now = this.#world.now()
    if (now - this.#since < this.#ms) return
    this.#before = now - this.#since < 2 * this.#ms ? this.#secret : this.#world.random.bytes(32)
    this.#secret = this.#world.random.bytes(32)
    this.#since = now
  }
}

function tokenOf(secret: Uint8Array, ip: string): Uint8Array {
  return hmacSha256(secret, utf8(ip)).slice(0, 8)
}
