import { VirtualWorld } from '../../base/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../../network/index.ts'
import { type DhtConfig, dhtConfig } from './config.ts'
import { Dht } from './dht.ts'

/** A network of DHT nodes in virtual time: datagrams take 20 to 120 ms and some are lost. */
export class SimulatedDht {
  readonly world: VirtualWorld
  readonly #hosts = new Map<string, (bytes: Uint8Array, from: Endpoint) => void>()
  readonly #loss: number
  bytes = 0

  constructor(seed: number, loss = 0) {
    this.world = new VirtualWorld(seed)
    this.#loss = loss
  }

  /** Public addresses that differ in the parts that matter. */
  address(i: number): string {
    return `${20 + (i % 80)}.${(i * 7) % 256}.${(i >> 8) % 256}.${(i * 13) % 250}`
  }

  join(i: number, bootstrap: readonly number[], config: Partial<DhtConfig> = {}): Dht {
    const own: Endpoint = { address: this.address(i), port: 6881 }
    let protocol: DatagramProtocol | undefined
    const datagrams: Datagrams = {
      port: 6881,
      families: [4],
      send: (bytes, to) => this.#send(Uint8Array.from(bytes), own, to),
      claim: one => {
        protocol = one
        return () => this.#hosts.delete(own.address)
      },
    }
    this.#hosts.set(own.address, (bytes, from) => {
      if (protocol?.matches(bytes, from)) protocol.receive(bytes, from)
    })
    const dht = new Dht({
      world: this.world,
      datagrams,
      config: dhtConfig.parse({
        bootstrap: bootstrap.map(other => `${this.address(other)}:6881`),
        ...config,
      }),
      resolve: async text => [{ address: text.split(':')[0]!, port: 6881 }],
    })
    dht.start()
    return dht
  }

  /** A raw host, for hostile ones. */
  attach(
    i: number,
    receive: (bytes: Uint8Array, from: Endpoint) => void,
  ): (bytes: Uint8Array, to: Endpoint) => void {
    const own: Endpoint = { address: this.address(i), port: 6881 }
    this.#hosts.set(own.address, receive)
    return (bytes, to) => this.#send(bytes, own, to)
  }

  #send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const { random } = this.world
    this.bytes += bytes.length + 28
    if (random.fraction() < this.#loss) return
    this.world.after(20 + random.below(100), () => this.#hosts.get(to.address)?.(bytes, from))
  }
}
