import { toHex, type World } from '../../base/index.ts'
import type { DhtContact, KrpcResponse } from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import { compareDistance } from './node-id.ts'

/** A node of a look-up: heard of, asked, answered or silent. */
interface Candidate extends DhtContact {
  state: 'new' | 'asked' | 'slow' | 'answered' | 'failed'
  token?: Uint8Array
}

export interface SearchParts {
  readonly world: World
  readonly config: DhtConfig
  readonly target: Uint8Array
  readonly start: readonly DhtContact[]
  readonly signal: AbortSignal
  ask(node: DhtContact): Promise<KrpcResponse>
  onAnswer?(answer: KrpcResponse): void
}

/** A node near the target that answered, with what it takes to announce there. */
export interface FoundNode extends DhtContact {
  readonly token?: Uint8Array
}

/** How many of the nearest nodes must have answered (BEP 5: as many as a bucket holds). */
const wanted = 8
/** Farther candidates than so many are not kept: nobody can fill memory with made-up nodes. */
const maxCandidates = 100

/**
 * Walks towards a target, always asking the nearest nodes heard of so far, until the eight nearest of all have answered. A slow node
 * does not hold it up: somebody else is asked beside it. Resolves with the nearest that answered, nearest first.
 */
export function search(parts: SearchParts): Promise<FoundNode[]> {
  return new Search(parts).run()
}

class Search {
  readonly #parts: SearchParts
  #candidates: Candidate[] = []
  readonly #seen = new Set<string>()
  readonly #addresses = new Set<string>()
  #asking = 0
  #asked = 0
  #finish: (found: FoundNode[]) => void = () => undefined
  #done = false

  constructor(parts: SearchParts) {
    this.#parts = parts
  }

  run(): Promise<FoundNode[]> {
    const { promise, resolve } = Promise.withResolvers<FoundNode[]>()
    this.#finish = resolve
    const { signal, start } = this.#parts
    signal.addEventListener('abort', () => this.#end(), { once: true })
    this.#add(start)
    this.#next()
    return promise
  }

  #add(contacts: readonly DhtContact[]): void {
    const { target } = this.#parts
    for (const contact of contacts) {
      const id = toHex(contact.id)
      // One candidate an address: a liar cannot surround a target with ids on one machine.
      if (this.#seen.has(id) || this.#addresses.has(contact.address)) continue
      this.#seen.add(id)
      this.#addresses.add(contact.address)
      this.#candidates.push({ ...contact, state: 'new' })
    }
    this.#candidates.sort((a, b) => compareDistance(target, a.id, b.id))
    this.#candidates.length = Math.min(this.#candidates.length, maxCandidates)
  }

  #next(): void {
    if (this.#done) return
    const { config, signal } = this.#parts
    let near = 0
    for (const candidate of this.#candidates) {
      if (near >= wanted || this.#asking >= config.parallel) break
      if (candidate.state === 'answered') near++
      else if (candidate.state === 'new' && this.#asked < config.maxSearchNodes) void this.#ask(candidate)
    }
    if (signal.aborted || this.#isOver(near)) this.#end()
  }

  /** The nearest eight have answered, or there is nobody left to wait for. */
  #isOver(near: number): boolean {
    const open = this.#candidates.filter(one => one.state === 'asked' || one.state === 'slow')
    if (near < wanted) return open.length === 0 && !this.#hasNew()
    const eighth = this.#candidates.filter(one => one.state === 'answered')[wanted - 1]!
    const at = this.#candidates.indexOf(eighth)
    return !this.#candidates.slice(0, at).some(one => one.state === 'asked' || one.state === 'new')
  }

  #hasNew(): boolean {
    return (
      this.#asked < this.#parts.config.maxSearchNodes && this.#candidates.some(one => one.state === 'new')
    )
  }

  async #ask(candidate: Candidate): Promise<void> {
    const { world, config, ask, onAnswer } = this.#parts
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
      this.#settled(candidate)
      candidate.state = 'answered'
      if (answer.token !== undefined) candidate.token = answer.token
      if (!this.#done) onAnswer?.(answer)
      this.#add(answer.nodes.filter(node => node.address.includes(':') === candidate.address.includes(':')))
    } catch {
      this.#settled(candidate)
      candidate.state = 'failed'
    } finally {
      slow.cancel()
    }
    this.#next()
  }

  #settled(candidate: Candidate): void {
    if (candidate.state === 'asked') this.#asking--
  }

  #end(): void {
    if (this.#done) return
    this.#done = true
    this.#finish(this.#candidates.filter(one => one.state === 'answered').slice(0, wanted))
  }
}
