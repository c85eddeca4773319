import { type Timer, toHex, type World } from '../base/index.ts'
import { type Dht, type MutableItem, targetOf } from '../bittorrent/index.ts'

/** The DHT forgets after two hours (BEP 44). */
const renewMs = 3_300_000
/** The one that was put longest ago is put no more. */
const maxItems = 64

/** What this peer signed and put into the DHT, put again as long as it runs. */
export class KeptItems {
  readonly #items = new Map<string, MutableItem>()
  readonly #timer: Timer
  readonly #stop = new AbortController()
  readonly #dht: () => Dht | undefined

  constructor(world: World, dht: () => Dht | undefined) {
    this.#dht = dht
    this.#timer = world.every(renewMs, () => void this.#renew())
  }

  /** Takes the place of another with the same salt. */
  keep(item: MutableItem): void {
    const name = toHex(targetOf(item))
    this.#items.delete(name)
    this.#items.set(name, item)
    if (this.#items.size > maxItems) this.#items.delete(this.#items.keys().next().value!)
  }

  stop(): void {
    this.#timer.cancel()
    this.#stop.abort(new Error('The peer stops.'))
  }

  /** One after the other; what another device has replaced meanwhile is refused, and rightly so. */
  async #renew(): Promise<void> {
    for (const item of [...this.#items.values()])
      await this.#dht()
        ?.put(item, { signal: this.#stop.signal })
        .catch(() => {})
  }
}
