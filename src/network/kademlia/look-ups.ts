import { concat, equalBytes, fromHex, type World } from '../../base/index.ts'
import type { KademliaConfig } from './config.ts'
import { type Contact, peerBytes } from './contact.ts'
import type { Answer, Question } from './exchange.ts'
import { commonBits, compareDistance, distanceOf, type Place, placeOf } from './place.ts'
import type { Provider } from './provider-store.ts'
import { bucketSize, type RoutingTable } from './routing-table.ts'
import { type Heard, type Searched, search } from './search.ts'
import type { SizeEstimate } from './size-estimate.ts'
import type { ValueValidator } from './value-store.ts'

/** What one look-up asks everybody: its key is that of the look-up. */
type Kind = 'FIND_NODE' | 'GET_PROVIDERS' | 'GET_VALUE'

/** Is told what each one answers. */
type Hear = (answer: Answer, contact: Contact) => void

export interface LookUpParts {
  readonly world: World
  readonly config: KademliaConfig
  readonly self: string
  readonly table: RoutingTable
  readonly estimate: SizeEstimate
  /** GET_PROVIDERS finds those that announce themselves, too. */
  readonly findsPeersBy: Kind
  /** Resolves once there is somebody to ask. */
  ready(): Promise<void>
  ask(
    contact: Contact,
    question: Question,
    signal: AbortSignal,
  ): Promise<{ answer: Answer; group: string | undefined }>
}

/** Look-ups around a place at which there are too many. */
const sweeps = 4
/** Keys for such places are found by trying: bits that are worth it, on average as many tries as 2 to their number. */
const maxTriedBits = 14
/** An Ed25519 PeerId begins so: what looks like one is asked for everywhere. */
const peerIdHead = fromHex('002408011220')

/** How many look-ups there were, and what they cost. */
export interface LookUpCounts {
  running: number
  done: number
  /** Peers that were asked in all of them, and that did not answer. */
  asked: number
  failed: number
  /** Look-ups that found more peers around a key than there can be by chance. */
  crowded: number
}

/** All that one asks of many peers. */
export class LookUps {
  readonly #parts: LookUpParts
  readonly counts: LookUpCounts = { running: 0, done: 0, asked: 0, failed: 0, crowded: 0 }

  constructor(parts: LookUpParts) {
    this.#parts = parts
  }

  /** The peers around a key: the k nearest that answer and, when somebody crowds around it, all within the distance of k honest ones. */
  async nearest(
    key: Uint8Array,
    signal: AbortSignal,
    hear: Hear = () => {},
    kind: Kind = 'FIND_NODE',
  ): Promise<Contact[]> {
    await this.#parts.ready()
    const { counts } = this
    counts.running++
    try {
      const { nearest } = await this.walk(key, signal, kind, hear)
      if (!this.#isCrowded(placeOf(key), nearest)) return [...nearest]
      counts.crowded++
      return await this.#beyondTheCrowd(key, nearest, signal, kind, hear)
    } finally {
      counts.running--
      counts.done++
    }
  }

  /** Addresses of a peer, as whoever knows some tells them: those near to it know it, or it announced itself there. */
  findPeer(
    peer: string,
    signal: AbortSignal,
    tell: (addresses: readonly string[]) => void,
  ): Promise<unknown> {
    const told = new Set<string>()
    const hear = ({ closer, providers }: Answer): void => {
      const addresses = [...closer, ...providers].flatMap(one => (one.peer === peer ? one.addresses : []))
      const fresh = [...new Set(addresses)].filter(address => !told.has(address))
      for (const address of fresh) told.add(address)
      if (fresh.length > 0) tell(fresh)
    }
    return this.nearest(peerBytes(peer), signal, hear, this.#parts.findsPeersBy)
  }

  findProviders(key: Uint8Array, signal: AbortSignal, tell: (provider: Provider) => void): Promise<unknown> {
    const told = new Set<string>()
    const hear = ({ providers }: Answer): void => {
      for (const provider of providers) {
        const name = `${provider.peer} ${provider.addresses.join(' ')}`
        if (told.has(name)) continue
        told.add(name)
        tell(provider)
      }
    }
    return this.nearest(key, signal, hear, 'GET_PROVIDERS')
  }

  /**
   * The best value under a key: of `quorum` valid ones or of all that there are, and of `own`, which is kept here. Whoever was near and answered
   * with a worse one or none gets the best (`kad-dht`, "Value retrieval").
   */
  async getValue(
    key: Uint8Array,
    validator: ValueValidator,
    quorum: number,
    own: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const enough = new AbortController()
    const heard = new Map<string, { readonly contact: Contact; readonly value: Uint8Array | undefined }>()
    // It may have expired since.
    let best = own !== undefined && validator.isValid(key, own) ? own : undefined
    let valid = 0
    const hear = ({ value }: Answer, contact: Contact): void => {
      const isValid = value !== undefined && validator.isValid(key, value)
      heard.set(contact.peer, { contact, value: isValid ? value.slice() : undefined })
      if (!isValid) return
      if (best === undefined || validator.compare(best, value) > 0) best = value.slice()
      if (++valid >= quorum) enough.abort(new Error('Enough have answered.'))
    }
    const near = await this.nearest(key, AbortSignal.any([signal, enough.signal]), hear, 'GET_VALUE')
    signal.throwIfAborted()
    if (best !== undefined) this.#correct(key, best, near, heard)
    return best
  }

  /** In the background: whoever asked has its answer. */
  #correct(
    key: Uint8Array,
    value: Uint8Array,
    near: readonly Contact[],
    heard: ReadonlyMap<string, { readonly value: Uint8Array | undefined }>,
  ): void {
    const { world, config, ask } = this.#parts
    const limit = new AbortController()
    const timer = world.after(config.lookUpMs, () => limit.abort(new Error('It takes too long.')))
    const stale = near.slice(0, bucketSize).filter(({ peer }) => {
      const held = heard.get(peer)
      return held !== undefined && (held.value === undefined || !equalBytes(held.value, value))
    })
    const told = stale.map(contact => ask(contact, { type: 'PUT_VALUE', key, value }, limit.signal))
    void Promise.allSettled(told).then(() => timer.cancel())
  }

  /** Tells all around a key something. Resolves to how many took it. */
  async tell(key: Uint8Array, question: Question, signal: AbortSignal): Promise<number> {
    const around = await this.nearest(key, signal)
    const told = await Promise.allSettled(around.map(contact => this.#parts.ask(contact, question, signal)))
    return told.filter(({ status }) => status === 'fulfilled').length
  }

  /** One look-up, without a look around its place. */
  async walk(
    key: Uint8Array,
    signal: AbortSignal,
    kind: Kind = 'FIND_NODE',
    hear: Hear = () => {},
  ): Promise<Searched> {
    const { world, config, self, table, estimate, ask } = this.#parts
    const target = placeOf(key)
    const limit = new AbortController()
    const timer = world.after(config.lookUpMs, () => limit.abort(new Error('The look-up takes too long.')))
    const both = AbortSignal.any([signal, limit.signal])
    const searched = await search({
      world,
      limits: config,
      target,
      self,
      start: table.nearest(target),
      radius: estimate.radius,
      signal: both,
      ask: async (contact): Promise<Heard> => {
        const { answer, group } = await ask(contact, { type: kind, key }, both)
        hear(answer, contact)
        return { closer: answer.closer, group }
      },
    })
    timer.cancel()
    limit.abort(new Error('The look-up is over.'))
    table.searched(target)
    this.counts.asked += searched.asked
    this.counts.failed += searched.failed
    return searched
  }

  /** A key whose place has just so many bits in common with another, or at least as many. */
  keyNear(place: Place, bits: number, exactly = false): Uint8Array {
    const wanted = Math.min(bits, maxTriedBits)
    for (;;) {
      const key = concat([peerIdHead, this.#parts.world.random.bytes(32)])
      const common = commonBits(place, placeOf(key))
      if (exactly ? common === wanted : common >= wanted) return key
    }
  }

  /** As many within half of the distance as are expected in the whole of it are there by chance once in 300 times. */
  #isCrowded(place: Place, nearest: readonly Contact[]): boolean {
    const last = nearest[bucketSize - 1]
    return last !== undefined && distanceOf(place, last.place) < this.#parts.estimate.radius / 2
  }

  /**
   * Whoever sits around a key with many names answers with those only, and the honest peers beyond are found by nobody who looks for the
   * key itself. Look-ups for other places near to it find them.
   */
  async #beyondTheCrowd(
    key: Uint8Array,
    nearest: readonly Contact[],
    signal: AbortSignal,
    kind: Kind,
    hear: Hear,
  ): Promise<Contact[]> {
    const place = placeOf(key)
    const { radius } = this.#parts.estimate
    const bits = Math.floor(-Math.log2(radius))
    const around = await Promise.all(
      Array.from({ length: sweeps }, () => this.walk(this.keyNear(place, bits), signal)),
    )
    const found = new Map(nearest.map(contact => [contact.peer, contact]))
    const fresh: Contact[] = []
    for (const contact of around.flatMap(one => one.nearest)) {
      if (found.has(contact.peer) || distanceOf(place, contact.place) > radius) continue
      found.set(contact.peer, contact)
      fresh.push(contact)
    }
    if (kind !== 'FIND_NODE')
      await Promise.allSettled(
        fresh.map(async contact =>
          hear((await this.#parts.ask(contact, { type: kind, key }, signal)).answer, contact),
        ),
      )
    return [...found.values()].sort((a, b) => compareDistance(place, a.place, b.place))
  }
}
