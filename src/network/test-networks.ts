import { systemWorld, type World } from '../base/index.ts'
import { createNetwork } from './create-network.ts'
import type { Network, NetworkOptions } from './network.ts'

/** Starts networks for a test and stops them after it: in memory, or on 127.0.0.1 without discovery. */
export class TestNetworks {
  readonly #started: Network[] = []

  async create(options: Partial<NetworkOptions> & { readonly world?: World } = {}): Promise<Network> {
    const network = await createNetwork({
      identity: { seed: crypto.getRandomValues(new Uint8Array(32)) },
      world: systemWorld,
      ...options,
      config: { hosts: ['127.0.0.1'], mdns: false, ...options.config },
    })
    this.#started.push(network)
    return network
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.splice(0).map(network => network.stop()))
  }
}

/** Resolves with the first argument of the next call of a callback. */
export function next<Value>(subscribe: (callback: (value: Value) => void) => void): Promise<Value> {
  return new Promise(resolve => subscribe(resolve))
}
