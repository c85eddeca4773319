import { stat } from 'node:fs/promises'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { isLanIp, isLoopbackIp } from '../../network/index.ts'
import { type FilterLimits, type FilterList, readFilter } from './read-filter.ts'

/** How a list is doing. */
export interface FilterStatus {
  /** Empty: there is none. */
  readonly path: string
  /** Ranges of addresses, those that overlap united. */
  readonly ranges: number
  /** Lines that name addresses, and lines that were not understood, with the numbers of the first of them. */
  readonly lines: number
  readonly junk: number
  readonly junkLines: readonly number[]
  /** Milliseconds since 1970. */
  readonly loadedAt?: number
  /** Why the last reading failed: what was read before still holds. */
  readonly problem?: string
}

/** How often the file is looked at for changes. */
const lookMs = 30_000

/**
 * The addresses that this peer never talks to, from a file of the user. This machine and local networks are spared: public lists
 * name them as well, and they are not what such lists are about.
 */
export class IpFilter {
  readonly #world: World
  readonly #limits: FilterLimits
  readonly #listeners = new Set<() => void>()
  #path = ''
  #stamp = ''
  #list: FilterList | undefined
  #loadedAt: number | undefined
  #problem: string | undefined
  #timer: Timer | undefined
  #reading: Promise<unknown> = Promise.resolve()

  constructor(world: World, limits: FilterLimits) {
    this.#world = world
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#list === undefined
  }

  blocks(ip: string): boolean {
    return this.#list?.ranges.has(ip) === true && !isLoopbackIp(ip) && !isLanIp(ip)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Throws `config.invalid` when there is no list at `path` that can be read and understood. */
  async verify(path: string): Promise<void> {
    if (path !== '') await readFilter(path, this.#limits)
  }

  /** Reads the list at `path` from now on, none when it is empty; looks for changes of the file until `stop`. Throws as `reload`. */
  async use(path: string): Promise<void> {
    this.#path = path
    this.#timer ??= this.#world.every(lookMs, () => void this.#lookAgain())
    await this.reload()
  }

  /** Throws `config.invalid` when the file cannot be read or understood; what was read before still holds then. */
  reload(): Promise<FilterStatus> {
    const turn = this.#reading.then(() => this.#reload())
    this.#reading = turn.catch(() => undefined)
    return turn
  }

  status(): FilterStatus {
    const { ranges, lines = 0, junk = 0, junkLines = [] } = this.#list ?? {}
    return {
      path: this.#path,
      ranges: ranges?.count ?? 0,
      lines,
      junk,
      junkLines,
      ...(this.#loadedAt !== undefined && { loadedAt: this.#loadedAt }),
      ...(this.#problem !== undefined && { problem: this.#problem }),
    }
  }

  stop(): void {
    this.#timer?.cancel()
  }

  async #reload(): Promise<FilterStatus> {
    const path = this.#path
    try {
      this.#stamp = await stampOf(path)
      this.#list = path === '' ? undefined : await readFilter(path, this.#limits)
      this.#problem = undefined
      this.#loadedAt = this.#world.wallTime()
    } catch (error) {
      this.#problem = error instanceof PeerageError ? error.message : String(error)
      throw error
    }
    for (const listener of [...this.#listeners]) listener()
    return this.status()
  }

  async #lookAgain(): Promise<void> {
    if (this.#path === '' || (await stampOf(this.#path)) === this.#stamp) return
    await this.reload().catch(() => undefined)
  }
}

async function stampOf(path: string): Promise<string> {
  const facts = path === '' ? undefined : await stat(path).catch(() => undefined)
  return facts === undefined ? '' : `${facts.size} ${facts.mtimeMs}`
}
