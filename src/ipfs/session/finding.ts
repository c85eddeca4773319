import type { CID } from 'multiformats/cid'
import type { BlockSource } from '../ports.ts'
import type { SessionParts } from './session-parts.ts'
import type { SessionSources } from './session-sources.ts'
import type { Wants } from './wants.ts'

export interface FindingParts
  extends Pick<SessionParts, 'world' | 'config' | 'routing' | 'connected' | 'onMet' | 'sourceOf'> {
  readonly root: CID
  readonly wants: Wants
  readonly sources: SessionSources
  /** Ends with the session. */
  readonly signal: AbortSignal
  /** Somebody has it, or says so. */
  onFound(source: BlockSource): void
}

/** Whoever is asked after so many others is not counted: a fetch may go on for weeks. */
export const maxCounted = 4_096

/** Looks for those who have a DAG: whom we are connected to is asked, then routing. */
export class Finding {
  readonly #parts: FindingParts
  /** Names of those who were asked for something so far. */
  readonly #met = new Set<string>()
  /** Names of those that are being asked whether they have it. */
  readonly #probed = new Set<string>()
  readonly #unsubscribe: (() => void) | undefined
  #foundAt = Number.NEGATIVE_INFINITY
  #isFinding = false

  constructor(parts: FindingParts) {
    this.#parts = parts
    this.#unsubscribe = parts.onMet?.(source => {
      const { first } = parts.wants
      if (first !== undefined) this.#probe(first.cid, [source])
    })
  }

  /** How many were asked for something, or whether they have it, up to `maxCounted`. */
  get asked(): number {
    return this.#met.size
  }

  met(name: string): void {
    if (this.#met.size < maxCounted) this.#met.add(name)
  }

  /** Nobody was looked for so far. */
  get isFresh(): boolean {
    return this.#foundAt === Number.NEGATIVE_INFINITY
  }

  get isDue(): boolean {
    const { world, config } = this.#parts
    return world.now() - this.#foundAt >= config.findAgainMs
  }

  /** Asks those we are connected to whether they have it, and routing who has the root. Never rejects. */
  async find(cid: CID): Promise<void> {
    const { world, routing, root, wants, sources, signal, sourceOf, onFound, connected } = this.#parts
    if (this.#isFinding) return
    this.#isFinding = true
    this.#foundAt = world.now()
    // Whoever had it not may have it by now.
    for (const { without } of wants.all()) without.clear()
    this.#probe(cid, connected())
    try {
      for await (const provider of routing?.findProviders(root, signal) ?? []) {
        const source = sourceOf(provider)
        if (source !== undefined) onFound(source)
        if (sources.isFull) break
      }
    } catch {
      // The session is closed, or there is no way to look: those who are connected remain.
    }
    this.#isFinding = false
  }

  stop(): void {
    this.#unsubscribe?.()
  }

  #probe(cid: CID, some: readonly BlockSource[]): void {
    const { world, config, sources, signal, onFound } = this.#parts
    const unknown = some.filter(({ name }) => !sources.has(name) && !this.#probed.has(name))
    for (const source of unknown.slice(0, config.maxProbed)) {
      this.met(source.name)
      this.#probed.add(source.name)
      const late = new AbortController()
      const timer = world.after(config.patienceMs, () => late.abort(new Error('It does not answer.')))
      const over = (has: boolean): void => {
        timer.cancel()
        this.#probed.delete(source.name)
        if (has) onFound(source)
      }
      const asked = source.has?.(cid, AbortSignal.any([signal, late.signal])) ?? Promise.resolve(true)
      asked.then(over, () => over(false))
    }
  }
}
