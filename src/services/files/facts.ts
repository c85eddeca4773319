import type { World } from '../../base/index.ts'
import type { FilesEvent, FilesHost } from './host.ts'
import type { TransferState } from './snapshot.ts'

/** What happened to one content, in the past tense: an event of it, or that it does something else now. Texts in it may be hostile. */
export type Fact = {
  /** World.wallTime(), in milliseconds. */
  readonly at: number
} & (FilesEvent | { readonly type: 'transfer.state'; readonly state: TransferState })

/** How much is remembered: of one content, and of how many that had something to tell last. */
export const maxFacts = 200
export const maxTold = 1_000

/** The latest that happened to each content in this run; the oldest goes first. */
export class Facts {
  readonly #world: World
  readonly #facts = new Map<string, Fact[]>()
  readonly #states = new Map<string, TransferState>()

  constructor(world: World) {
    this.#world = world
  }

  /** The same host, whose events are remembered here before they are told. */
  heard(host: FilesHost): FilesHost {
    const emit = (event: FilesEvent): void => {
      this.#event(event)
      host.emit(event)
    }
    // What stands behind its getters changes: it is not copied.
    return Object.create(host, { emit: { value: emit } }) as FilesHost
  }

  /** It changed: what it does now is a fact if it did something else before. */
  state(id: string, state: TransferState): void {
    if (this.#states.get(id) === state) return
    this.#states.set(id, state)
    this.#add(id, { at: this.#world.wallTime(), type: 'transfer.state', state })
  }

  /** The oldest first. */
  of(id: string): readonly Fact[] {
    return this.#facts.get(id) ?? []
  }

  #event(event: FilesEvent): void {
    if (event.type === 'transfer.progressed' || !('infoHash' in event)) return
    if (event.type === 'content.removed') {
      this.#facts.delete(event.infoHash)
      this.#states.delete(event.infoHash)
    } else this.#add(event.infoHash, { at: this.#world.wallTime(), ...event })
  }

  #add(id: string, fact: Fact): void {
    const facts = this.#facts.get(id) ?? []
    facts.push(fact)
    if (facts.length > maxFacts) facts.shift()
    this.#facts.delete(id)
    this.#facts.set(id, facts)
    if (this.#facts.size > maxTold) this.#facts.delete(this.#facts.keys().next().value!)
  }
}
