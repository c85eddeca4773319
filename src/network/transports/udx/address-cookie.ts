import { createHmac, timingSafeEqual } from 'node:crypto'
import type { World } from '../../../base/index.ts'
import { udxCookieBytes } from '../../../wire/index.ts'
import type { Endpoint } from '../../datagrams.ts'

/** A cookie is good for this long at least, and for twice as long at most. */
export const cookieEpochMs = 30_000

/** Who brings a cookie back gets packets at its address; nothing is remembered of those who only ask. */
export class AddressCookie {
  readonly #world: World
  readonly #secret: Uint8Array

  constructor(world: World) {
    this.#world = world
    this.#secret = world.random.bytes(32)
  }

  get epoch(): number {
    return Math.floor(this.#world.now() / cookieEpochMs)
  }

  make(from: Endpoint, token: string): Uint8Array {
    return this.#hash(from, token, this.epoch)
  }

  isOurs(from: Endpoint, token: string, cookie: Uint8Array): boolean {
    const { epoch } = this
    return [epoch, epoch - 1].some(at => timingSafeEqual(this.#hash(from, token, at), cookie))
  }

  #hash({ address, port }: Endpoint, token: string, epoch: number): Uint8Array {
    const of = `${address} ${port} ${token} ${epoch}`
    return createHmac('sha256', this.#secret).update(of).digest().subarray(0, udxCookieBytes)
  }
}
