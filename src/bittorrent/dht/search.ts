import { equalBytes, toHex, type World } from '../../base/index.ts'
import type { DhtContact, KrpcResponse } from '../../wire/index.ts'
import { isLocal, isPlausible, networkOf, slotOf } from './addresses.ts'
import type { DhtConfig } from './config.ts'
import { compareDistance, isSecureId } from './node-id.ts'

/** A node of a look-up: heard of, asked, answered or silent. */
interface Candidate {
  /** What others call it, until it has answered itself. */
  id: Uint8Array
  readonly address: string
  readonly port: number
  readonly toldBy: Teller | undefined
  state: 'new' | 'asked' | 'slow' | 'answered' | 'failed'
  secure: boolean
  answer?: KrpcResponse
}

interface Teller {
  /** Nodes that it told of and that are not there. */
  wrong: number
}

export interface SearchParts {
  readonly world: World
  readonly config: DhtConfig
  readonly target: Uint8Array
  /** Our own id: others tell us of ourselves. */
  readonly own: Uint8Array
  readonly start: readonly DhtContact[]
  readonly signal: AbortSignal
  ask(node: DhtContact): Promise<KrpcResponse>
  onAnswer?(answer: KrpcResponse, from: DhtContact): void
}

/** A node near the target that answered; the answer holds what it takes to store something there. */
export interface FoundNode extends DhtContact {
  readonly answer: KrpcResponse
}

/** How many of the nearest nodes must have answered (BEP 5: as many as a bucket holds). */
const wanted = 8
/** Nodes of one answer that are believed: most tell 8, some 16. */
const maxTold = 16
/** Who told of so many nodes that are not there is not believed any more. */
const maxWrong = 8
/** Addresses under which one id is tried: a liar may give an id of somebody else another address. */
const maxPerId = 3

/**
 * Walks towards a target, always asking the nearest nodes heard of so far, until the eight nearest of all have answered. A slow node
 * does not hold it up: somebody else is asked beside it. Nodes whose id does not fit their address are asked, but do not count
 * (BEP 42, "enforcement"). Resolves with the nearest that answered, nearest first; those that do not count are among them only when
 * there are not enough others.
 */
export function search(parts: SearchParts): Promise<FoundNode[]> {
  return new Search(parts).run()
}

class Search {
  readonly #parts: SearchParts
  readonly #candidates: Candidate[] = []
  readonly #slots = new Set<string>()
  readonly #perId = new Map<string, number>()
  readonly #perNetwork = new Map<string, number>()
  #asking = 0
  #asked = 0
  #finish: (found: FoundNode[]) => void = () => undefined
  #done = false

  constructor(parts: SearchParts) {
    this.#parts = parts
  }

  async run(): Promise<FoundNode[]> {
    const { promise, resolve } = Promise.withResolvers<FoundNode[]>()
    this.#finish = resolve
    const { signal, start } = this.#parts
    const end = (): void => this.#end()
    signal.addEventListener('abort', end)
    for (const contact of start) this.#add(contact, undefined)
    this.#next()
    const found = await promise
    signal.removeEventListener('abort', end)
    return found
  }

  #add(contact: DhtContact, toldBy: Teller | undefined): void {
    const { id, address, port } = contact
    if (equalBytes(id, this.#parts.own) || !this.#hasRoom(contact)) return
    const secure = isSecureId(address, id)
    this.#insert({ id, address, port, toldBy, state: 'new', secure })
    const { maxCandidates } = this.#parts.config
    // The farthest is forgotten, also that it was ever heard of: its room in the tables would be lost otherwise.
    if (this.#candidates.length > maxCandidates) this.#forget(this.#candidates.pop()!)
  }

  /** One candidate an address and a few a network: a liar cannot surround a target with ids on one machine. */
  #hasRoom(contact: DhtContact): boolean {
    const slot = slotOf(contact)
    if (this.#slots.has(slot)) return false
    const network = isLocal(contact.address) ? undefined : networkOf(contact.address)
    const inNetwork = network === undefined ? 0 : (this.#perNetwork.get(network) ?? 0)
    if (inNetwork >= this.#parts.config.maxNodesPerNetwork) return false
    const id = toHex(contact.id)
    const withId = this.#perId.get(id) ?? 0
    if (withId >= maxPerId) return false
    this.#slots.add(slot)
    this.#perId.set(id, withId + 1)
    if (network !== undefined) this.#perNetwork.set(network, inNetwork + 1)
    return true
  }

  #forget(candidate: Candidate): void {
    // Whoever was asked once is not asked again.
    if (candidate.state !== 'new') return
    this.#slots.delete(slotOf(candidate))
    const id = toHex(candidate.id)
    this.#perId.set(id, (this.#perId.get(id) ?? 1) - 1)
    if (isLocal(candidate.address)) return
    const network = networkOf(candidate.address)
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 1) - 1)
  }

  #insert(candidate: Candidate): void {
    const { target } = this.#parts
    let low = 0
    let high = this.#candidates.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareDistance(target, this.#candidates[middle]!.id, candidate.id) <= 0) low = middle + 1
      else high = middle
    }
    this.#candidates.splice(low, 0, candidate)
  }

  #next(): void {
    if (this.#done) return
    const { config, signal } = this.#parts
    let near = 0
    for (const candidate of [...this.#candidates]) {
      if (near >= wanted || this.#asking >= config.parallel) break
      if (candidate.state === 'answered' && candidate.secure) near++
      else if (this.#mayAsk(candidate)) void this.#ask(candidate)
    }
    if (signal.aborted || this.#isOver()) this.#end()
  }

  #mayAsk({ state, toldBy }: Candidate): boolean {
    if (state !== 'new' || this.#asked >= this.#parts.config.maxSearchNodes) return false
    return toldBy === undefined || toldBy.wrong < maxWrong
  }

  /** The nearest eight have answered, or there is nobody left to wait for. */
  #isOver(): boolean {
    let near = 0
    let open = false
    for (const candidate of this.#candidates) {
      if (candidate.state === 'answered' && candidate.secure) near++
      if (near === wanted) return !open
      if (candidate.state === 'asked' || this.#mayAsk(candidate)) open = true
    }
    return !open && !this.#candidates.some(one => one.state === 'slow')
  }

  async #ask(candidate: Candidate): Promise<void> {
    const { world, config, ask } = this.#parts
    candidate.state = 'asked'
    this.#asking++
    this.#asked++
    const slow = world.after(config.slowMs, () => {
      candidate.state = 'slow'
      this.#asking--
      this.#next()
    })
    try {
      const answer = await ask(candidate)
      this.#settled(candidate, 'answered')
      this.#heard(candidate, answer)
    } catch {
      this.#settled(candidate, 'failed')
      if (candidate.toldBy !== undefined) candidate.toldBy.wrong++
    } finally {
      slow.cancel()
    }
    this.#next()
  }

  #heard(candidate: Candidate, answer: KrpcResponse): void {
    candidate.answer = answer
    if (!equalBytes(candidate.id, answer.id)) this.#rename(candidate, answer.id)
    if (this.#done) return
    this.#parts.onAnswer?.(answer, candidate)
    const teller: Teller = { wrong: 0 }
    const isSix = candidate.address.includes(':')
    for (const node of answer.nodes.slice(0, maxTold))
      if (node.address.includes(':') === isSix && isPlausible(node, candidate.address))
        this.#add(node, teller)
  }

  /** Others had a wrong id for it: it is where it says, or a liar would hide honest nodes by giving them other ids. */
  #rename(candidate: Candidate, id: Uint8Array): void {
    const at = this.#candidates.indexOf(candidate)
    if (at < 0) return
    this.#candidates.splice(at, 1)
    candidate.id = id
    candidate.secure = isSecureId(candidate.address, id)
    this.#insert(candidate)
  }

  #settled(candidate: Candidate, state: 'answered' | 'failed'): void {
    if (candidate.state === 'asked') this.#asking--
    candidate.state = state
  }

  #end(): void {
    if (this.#done) return
    this.#done = true
    const answered = this.#candidates.flatMap(({ id, address, port, secure, answer }) =>
      answer === undefined ? [] : [{ id, address, port, secure, answer }],
    )
    const chosen = answered.filter(one => one.secure).slice(0, wanted)
    const rest = answered.filter(one => !one.secure).slice(0, wanted - chosen.length)
    this.#finish([...chosen, ...rest])
  }
}
