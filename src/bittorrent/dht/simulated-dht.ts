import { VirtualWorld } from '../../base/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../../network/index.ts'
import { type DhtConfig, dhtConfig } from './config.ts'
import { Dht } from './dht.ts'

type Receive = (bytes: Uint8Array, from: Endpoint) => void

const port = 6881

/** A network of DHT nodes in virtual time: datagrams take 20 to 120 ms and some are lost. */
export class SimulatedDht {
  readonly world: VirtualWorld
  readonly #hosts = new Map<string, Receive>()
  readonly #loss: number
  /** Sent by all, headers of IP and UDP included. */
  bytes = 0

  constructor(seed: number, loss = 0) {
    this.world = new VirtualWorld(seed)
    this.#loss = loss
  }

  /** Public addresses that differ in the parts that matter; `i` below 200,000. */
  address(i: number, family: 4 | 6 = 4): string {
    if (family === 6) return `2001:db8:${(i * 7).toString(16).slice(-4)}:${i.toString(16)}::1`
    return `${20 + (i % 80)}.${(i * 7) % 256}.${(i >> 8) % 256}.${(i * 13) % 250}`
  }

  endpoint(i: number, family: 4 | 6 = 4): Endpoint {
    return { address: this.address(i, family), port }
  }

  /** A node, which `stop` takes off the network. One that `knowsItself` need not learn its address first. */
  join(
    i: number,
    bootstrap: readonly number[],
    config: Partial<DhtConfig> = {},
    more: { families?: readonly (4 | 6)[]; knowsItself?: boolean; nodes?: readonly Endpoint[] } = {},
  ): Dht {
    const { families = [4], knowsItself = false, nodes } = more
    let protocol: DatagramProtocol | undefined
    const own = (family: 4 | 6): Endpoint => this.endpoint(i, family)
    const datagrams: Datagrams = {
      port,
      families,
      send: (bytes, to) => this.#send(Uint8Array.from(bytes), own(to.address.includes(':') ? 6 : 4), to),
      claim: one => {
        protocol = one
        return () => {
          for (const family of families) this.#hosts.delete(own(family).address)
        }
      },
    }
    for (const family of families)
      this.#hosts.set(own(family).address, (bytes, from) => {
        if (protocol?.matches(bytes, from)) protocol.receive(bytes, from)
      })
    const dht = new Dht({
      world: this.world,
      datagrams,
      config: dhtConfig.parse({ bootstrap: bootstrap.map(String), ...config }),
      nodes,
      addresses: knowsItself ? families.map(family => own(family).address) : [],
      resolve: async text => families.map(family => this.endpoint(Number(text), family)),
    })
    dht.start()
    return dht
  }

  /** A raw host, for hostile ones. Gives what sends for it, also under a false name. */
  attach(i: number, receive: Receive): (bytes: Uint8Array, to: Endpoint, from?: Endpoint) => void {
    const own = this.endpoint(i)
    this.#hosts.set(own.address, receive)
    return (bytes, to, from = own) => this.#send(bytes, from, to)
  }

  /** Runs virtual time until a promise settles; promises need real turns of the event loop in between. */
  async run<T>(work: Promise<T>, mostMs = 600_000, stepMs = 10): Promise<T> {
    let settled = false
    const done = work.finally(() => {
      settled = true
    })
    // It may fail while time still has to pass; whoever waits hears of it.
    done.catch(() => undefined)
    const until = this.world.now() + mostMs
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (settled) return await done
      if (this.world.now() >= until) throw new Error(`not done after ${mostMs} ms; seed ${this.world.seed}`)
      this.world.advance(stepMs)
    }
  }

  /** Lets that much virtual time pass. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.world.after(ms, resolve)
    await this.run(promise, ms + stepMs, stepMs)
  }

  /** `count` nodes that have entered, each by two earlier ones. */
  async grow(count: number, atOnce = 50, knowsItself = false): Promise<Dht[]> {
    const nodes: Dht[] = []
    for (let from = 0; from < count; from += atOnce) {
      const wave = Array.from({ length: Math.min(atOnce, count - from) }, (_, k) => {
        const first = Math.max(1, from)
        const known = from + k === 0 ? [] : [this.world.random.below(first), this.world.random.below(first)]
        return this.join(from + k, known, {}, { knowsItself })
      })
      nodes.push(...wave)
      await this.run(Promise.all(wave.map(one => this.find(one, this.world.random.bytes(20)))))
    }
    return nodes
  }

  /** Starts to look for a swarm; resolves to the addresses found. Needs time to pass. */
  async find(dht: Dht, name: Uint8Array, announcePort?: number, seed = false): Promise<Set<string>> {
    const found = new Set<string>()
    const onPeers = (peers: readonly Endpoint[]): void => {
      for (const { address } of peers) found.add(address)
    }
    await dht.getPeers(name, { signal: new AbortController().signal, announcePort, seed, onPeers })
    return found
  }

  /** Looks for a swarm to the end. */
  async look(dht: Dht, name: Uint8Array, announcePort?: number, seed = false): Promise<Set<string>> {
    return await this.run(this.find(dht, name, announcePort, seed))
  }

  #send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const { random } = this.world
    this.bytes += bytes.length + (to.address.includes(':') ? 48 : 28)
    if (random.fraction() < this.#loss) return
    this.world.after(20 + random.below(100), () => this.#hosts.get(to.address)?.(bytes, from))
  }
}
