import { type Identity, publicKeyOf } from '../access/index.ts'
import { fromUtf8, PeerageError, type Timer, utf8, type World, z } from '../base/index.ts'
import { type Dht, type MutableItem, mutableItem, mutableTarget } from '../bittorrent/index.ts'
import { type Discovery, type Heard, isPrivateIp } from '../network/index.ts'
import { type Bencoded, decode } from '../wire/index.ts'

export interface MainlineConfig {
  readonly records: 'auto' | 'on' | 'off'
  readonly renewMs: number
}

export const mainlineConfig: z.ZodType<MainlineConfig, unknown> = z.object({
  records: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Keep the addresses of this peer in the BitTorrent DHT, signed, for whoever knows its id, and look others up there: auto (while the DHT runs anyway, for public content), on (always), off.',
    ),
  renewMs: z
    .int()
    .min(60_000)
    .max(7_000_000)
    .default(3_600_000)
    .describe(
      'Time between two announcements of those addresses, in ms; the DHT forgets them after two hours.',
    ),
})

/** Tells these records from other things that the same key signs (BEP 44, "salt"). */
const salt = utf8('peerage addresses')
/** Bytes of all addresses and most of one, and how many: an item has 1,000 bytes (BEP 44). */
const maxBytes = 900
const maxAddressBytes = 256
const maxAddresses = 16
const checkMs = 60_000

export interface MainlineParts {
  readonly world: World
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly config: MainlineConfig
  /** In a private network: strangers are told nothing unless the user says so. */
  readonly isPrivate?: boolean
  /** Full multiaddrs of this peer. */
  addresses(): readonly string[]
  /** The DHT; with `open` it begins if need be. Undefined: it does not run. */
  dht(open: boolean): Dht | undefined
}

/** Addresses of peers as records in the Mainline DHT, each signed by the key that a PeerId is. */
export class MainlineRecords {
  readonly #parts: MainlineParts
  readonly #stop = new AbortController()
  #timer: Timer | undefined
  #item: MutableItem | undefined
  /** What the item says. */
  #told = ''
  #putAt = Number.NEGATIVE_INFINITY
  #busy = false

  constructor(parts: MainlineParts) {
    this.#parts = parts
  }

  start(): void {
    const { config, world, isPrivate = false } = this.#parts
    if (config.records === 'off' || (isPrivate && config.records === 'auto')) return
    this.#timer = world.every(checkMs, () => void this.review())
    if (config.records === 'on') void this.review()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#stop.abort(new Error('The peer stops.'))
  }

  discovery(): Discovery {
    return { name: 'mainline', findPeer: (peer, signal) => this.#find(peer, signal) }
  }

  /** Puts the record when it is due: our addresses are others, or the last time is long ago. Resolves to how many nodes took it. */
  async review(): Promise<number> {
    const { world, config } = this.#parts
    const dht = this.#dht()
    const addresses = publicAddresses(this.#parts.addresses())
    const text = addresses.join(' ')
    const isDue = text !== this.#told || world.now() - this.#putAt >= config.renewMs
    if (dht === undefined || this.#busy || !isDue || (text === '' && this.#told === '')) return 0
    this.#busy = true
    try {
      if (this.#item === undefined || text !== this.#told) this.#item = await this.#make(dht, addresses)
      const { nodes } = await dht.put(this.#item, { signal: this.#stop.signal })
      if (nodes === 0) return 0
      this.#told = text
      this.#putAt = world.now()
      return nodes
    } catch {
      // Tried again in a minute.
      return 0
    } finally {
      this.#busy = false
    }
  }

  /** The number is the time, or one more than what is there: a clock may have been set back. */
  async #make(dht: Dht, addresses: readonly string[]): Promise<MutableItem> {
    const { world, identity } = this.#parts
    const { publicKey } = identity
    const before = await dht.get(mutableTarget(publicKey, salt), { salt, signal: this.#stop.signal })
    const now = BigInt(Math.floor(world.wallTime()))
    const last = before !== undefined && 'seq' in before ? before.seq : 0n
    const seq = now > last ? now : last + 1n
    return mutableItem({ value: addresses.map(utf8), publicKey, seq, salt }, message =>
      identity.sign(message),
    )
  }

  async *#find(peer: string, signal: AbortSignal): AsyncGenerator<Heard> {
    const dht = this.#dht()
    const publicKey = keyOf(peer)
    if (dht === undefined || publicKey === undefined) return
    const item = await dht.get(mutableTarget(publicKey, salt), { salt, signal })
    const addresses = item === undefined ? [] : addressesIn(item.value)
    if (addresses.length > 0) yield { addresses, teller: 'direct' }
  }

  #dht(): Dht | undefined {
    const { config, dht } = this.#parts
    return config.records === 'off' ? undefined : dht(config.records === 'on')
  }
}

/** What may be told to everybody, best first, as much as fits. */
function publicAddresses(addresses: readonly string[]): string[] {
  const chosen: string[] = []
  let bytes = 0
  for (const address of addresses) {
    const plain = address.replace(/\/p2p\/[^/]+$/, '')
    const [, protocol, ip = ''] = plain.split('/')
    if ((protocol !== 'ip4' && protocol !== 'ip6') || isPrivateIp(ip)) continue
    const size = utf8(plain).length
    if (size > maxAddressBytes || bytes + size > maxBytes || chosen.length === maxAddresses) continue
    bytes += size
    chosen.push(plain)
  }
  return chosen
}

function addressesIn(value: Uint8Array): string[] {
  let list: Bencoded
  try {
    list = decode(value)
  } catch (error) {
    if (error instanceof PeerageError) return []
    throw error
  }
  if (!Array.isArray(list)) return []
  return list.slice(0, maxAddresses).flatMap((one: Bencoded) => {
    const text = one instanceof Uint8Array && one.length <= maxAddressBytes ? fromUtf8(one) : undefined
    return text === undefined ? [] : [text]
  })
}

/** Of other kinds than Ed25519 nothing is signed there. */
function keyOf(peer: string): Uint8Array | undefined {
  try {
    return publicKeyOf(peer)
  } catch {
    return undefined
  }
}
