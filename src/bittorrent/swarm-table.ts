import { toHex } from '../base/index.ts'
import { mseSwarmKey } from '../wire/index.ts'
import type { SwarmNames } from './pipes/index.ts'
import type { PublicSwarm } from './public-swarm.ts'

/** The swarms that this peer is in, by each of their names, and by what an encrypted peer says instead of a name. */
export class SwarmTable implements SwarmNames {
  readonly #swarms = new Map<string, PublicSwarm>()
  /** So that whoever comes costs one look and no hash for each swarm. */
  readonly #keys = new Map<string, Uint8Array>()

  get(name: Uint8Array): PublicSwarm | undefined {
    return this.#swarms.get(toHex(name))
  }

  has(name: Uint8Array): boolean {
    return this.#swarms.has(toHex(name))
  }

  v2Name(name: Uint8Array): Uint8Array | undefined {
    return this.get(name)?.content.v2Name
  }

  find(swarmKey: Uint8Array): Uint8Array | undefined {
    return this.#keys.get(toHex(swarmKey))
  }

  /** Metadata may bring the other name of a hybrid: add it again then. */
  add(swarm: PublicSwarm): void {
    for (const name of swarm.content.names) {
      this.#swarms.set(toHex(name), swarm)
      this.#keys.set(toHex(mseSwarmKey(name)), name)
    }
  }

  remove(swarm: PublicSwarm): void {
    for (const [name, other] of this.#swarms) if (other === swarm) this.#swarms.delete(name)
    for (const [key, name] of this.#keys) if (!this.has(name)) this.#keys.delete(key)
  }

  all(): ReadonlySet<PublicSwarm> {
    return new Set(this.#swarms.values())
  }
}
