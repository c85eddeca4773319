import { hmacSha256, utf8, type World } from '../../base/index.ts'

/** What every id begins with, so that a packet can be told from those of other protocols on the port. */
const mark = 0xf5
/** An id is good for the rest of its slot and two more: BEP 15 wants two minutes. */
const slotMs = 60_000
const goodSlots = 2

/**
 * The connection ids of BEP 15: proof that a client receives what is sent to its address, so that a forged address can neither announce nor have
 * long answers sent to its owner. A keyed hash of address and time: nothing is kept for them.
 */
export class ConnectionIds {
  readonly #world: World
  readonly #key: Uint8Array

  constructor(world: World) {
    this.#world = world
    this.#key = world.random.bytes(32)
  }

  /** 8 bytes. */
  make(ip: string): Uint8Array {
    return this.#of(ip, this.#slot())
  }

  isGood(id: Uint8Array, ip: string): boolean {
    const slot = this.#slot()
    const age = (slot - id[1]!) & 0xff
    if (id[0] !== mark || age > goodSlots) return false
    const right = this.#of(ip, slot - age)
    let differs = 0
    for (let i = 0; i < 8; i++) differs |= id[i]! ^ right[i]!
    return differs === 0
  }

  /** Whether a packet may begin with an id of ours. */
  static looksRight(bytes: Uint8Array): boolean {
    return bytes[0] === mark
  }

  #slot(): number {
    return Math.floor(this.#world.now() / slotMs)
  }

  #of(ip: string, slot: number): Uint8Array {
    const id = hmacSha256(this.#key, utf8(`${slot} ${ip}`)).slice(0, 8)
    id[0] = mark
    id[1] = slot & 0xff
    return id
  }
}
