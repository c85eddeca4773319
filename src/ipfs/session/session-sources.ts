import type { World } from '../../base/index.ts'
import type { BlockSource, SourceStatus } from '../ports.ts'
import type { SessionConfig } from './config.ts'
import { SessionSource } from './session-source.ts'
import type { WantedBlock } from './wanted-block.ts'

/** Those that a session asks, by name; only so many. */
export class SessionSources {
  readonly #world: World
  readonly #config: SessionConfig
  readonly #all = new Map<string, SessionSource>()

  constructor(world: World, config: SessionConfig) {
    this.#world = world
    this.#config = config
  }

  /** Whether it is one of them now. */
  add(source: BlockSource): boolean {
    const known = this.#all.get(source.name)
    if (known !== undefined) known.isPublic ||= source.isPublic === true
    else if (this.isFull && !this.#makeRoom()) return false
    else this.#all.set(source.name, new SessionSource(this.#world, this.#config, source))
    return true
  }

  get isFull(): boolean {
    return this.#all.size >= this.#config.maxSources
  }

  has(name: string): boolean {
    return this.#all.has(name)
  }

  get(name: string): SessionSource | undefined {
    return this.#all.get(name)
  }

  all(): SessionSource[] {
    return [...this.#all.values()]
  }

  status(): SourceStatus[] {
    return this.all().map(({ status }) => status)
  }

  /** When one of those that were asked for something last showed that it is there. */
  get heardAt(): number {
    const heard = this.all().map(({ asked, source }) => (asked > 0 && source.heardAt) || 0)
    return Math.max(0, ...heard)
  }

  /** Whether one of them may have it still. */
  mayHave(wanted: WantedBlock): boolean {
    return this.all().some(({ isDropped, source }) => !isDropped && !wanted.without.has(source.name))
  }

  /** Those that were asked and have sent nothing for too long. */
  stalled(): SessionSource[] {
    return this.all().filter(source => source.asked > 0 && source.silentMs > source.patienceMs(this.#config))
  }

  /** Room for somebody new, in the place of one that was dropped. */
  #makeRoom(): boolean {
    for (const [name, { isDropped, asked }] of this.#all)
      if (isDropped && asked === 0) return this.#all.delete(name)
    return false
  }
}
