import type { Identity } from '../access/index.ts'
import type { World } from '../base/index.ts'
import { believable } from './discovery/index.ts'
import type { Path } from './path.ts'
import { signPeerRecord } from './peer-record.ts'

/** The signed record of this peer, made again whenever it moved. */
export class OwnRecord {
  readonly #identity: Identity
  readonly #world: World
  readonly #addresses: () => readonly string[]
  #of = ''
  #seq = 0
  readonly #made: Map<string, Uint8Array> = new Map()

  constructor(identity: Identity, world: World, addresses: () => readonly string[]) {
    this.#identity = identity
    this.#world = world
    this.#addresses = addresses
  }

  /** For somebody who is reached that way: it names what such a peer would believe, and no more. */
  for(path: Path): Uint8Array {
    const all = this.#addresses()
    if (all.join() !== this.#of) {
      this.#of = all.join()
      // Later than what an earlier run said, and than what was said in this millisecond.
      this.#seq = Math.max(this.#seq + 1, this.#world.wallTime())
      this.#made.clear()
    }
    const addresses = believable({ addresses: all, teller: path })
    const key = addresses.join()
    const made =
      this.#made.get(key) ?? signPeerRecord(this.#identity, { seq: Math.floor(this.#seq), addresses })
    this.#made.set(key, made)
    return made
  }
}
