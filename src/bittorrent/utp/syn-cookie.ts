import { createHmac } from 'node:crypto'
import type { World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import { advance } from './sequence.ts'

/** So long an answer to a SYN can be taken up, at least. */
const epochMs = 60_000
/** The first packets of a connection may come in another order. */
const mostAhead = 4

/**
 * The first number that we use on a connection that somebody asks for: it depends on who asks, and on a secret. Who sends it back
 * gets packets at its address, so nothing has to be remembered of those who only ask.
 */
export class SynCookie {
  readonly #world: World
  readonly #secret: Uint8Array

  constructor(world: World) {
    this.#world = world
    this.#secret = world.random.bytes(32)
  }

  /** For the answer to a SYN with this connection id and number. */
  make(from: Endpoint, connection: number, seq: number): number {
    return this.#hash(from, connection, seq, this.#epoch())
  }

  /**
   * Whether a data packet (with the connection id of its SYN, its number, and the number that it acknowledges) follows one of our
   * answers: then the number of that SYN.
   */
  synOf(from: Endpoint, connection: number, seq: number, ack: number): number | undefined {
    const cookie = advance(ack, 1)
    for (let before = 1; before <= mostAhead; before++)
      for (const epoch of [this.#epoch(), this.#epoch() - 1])
        if (this.#hash(from, connection, advance(seq, -before), epoch) === cookie)
          return advance(seq, -before)
    return undefined
  }

  #epoch(): number {
    return Math.floor(this.#world.now() / epochMs)
  }

  #hash({ address, port }: Endpoint, connection: number, seq: number, epoch: number): number {
    const of = `${address} ${port} ${connection} ${seq} ${epoch}`
    return createHmac('sha256', this.#secret).update(of).digest().readUInt16BE(0)
  }
}
