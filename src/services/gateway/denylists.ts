import { readFile, stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { type Asked, Denylist } from './denylist.ts'
import { GatewayFailure } from './failure.ts'

export interface DenylistsOptions {
  readonly world: World
  readonly maxBytes: number
  readonly maxRules: number
}

/** How one list is doing. */
export interface DenylistStatus {
  readonly path: string
  readonly rules: number
  /** Numbers of the first lines that were not understood, 1 first. */
  readonly junkLines: readonly number[]
  /** Why the last reading failed: what was read before still holds. */
  readonly problem?: string
}

interface ReadList {
  readonly path: string
  readonly stamp: string
  readonly list: Denylist | undefined
  readonly problem: string | undefined
}

/** How often the files are looked at for changes. */
const lookMs = 5_000
const toldJunk = 5

/** The denylists that the user named: read anew when they change. One that cannot be read any more holds as it was. */
export class Denylists {
  readonly #options: DenylistsOptions
  #lists: readonly ReadList[] = []
  #timer: Timer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: DenylistsOptions) {
    this.#options = options
  }

  /** Throws `config.invalid` when a list cannot be read or understood: who thinks that it holds must know. */
  async verify(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const { problem } = await this.#read(path, undefined)
      if (problem !== undefined) throw invalid(path, problem)
    }
  }

  /** Uses these lists from now on, until `stop`. Throws `config.invalid`. */
  async use(paths: readonly string[]): Promise<void> {
    const lists: ReadList[] = []
    for (const path of paths) lists.push(await this.#read(path, undefined))
    for (const { path, problem } of lists) if (problem !== undefined) throw invalid(path, problem)
    this.#lists = lists
    this.#timer ??= this.#options.world.every(lookMs, () => void this.look())
  }

  /** Reads again what has changed. */
  look(): Promise<void> {
    const turn = this.#turn.then(async () => {
      this.#lists = await Promise.all(this.#lists.map(list => this.#read(list.path, list)))
    })
    this.#turn = turn
    return turn
  }

  /** Throws a `GatewayFailure` 410 or 451 for what one of the lists denies: none of them can allow what another one denies. */
  check(asked: Asked): void {
    for (const { list } of this.#lists) {
      const verdict = list?.verdict(asked)
      if (verdict?.isDenied === true)
        throw new GatewayFailure(
          verdict.status,
          verdict.status === 451
            ? 'A denylist that this gateway follows names this content: it is not served for legal reasons.'
            : 'A denylist that this gateway follows names this content: it is not served.',
        )
    }
  }

  status(): DenylistStatus[] {
    return this.#lists.map(({ path, list, problem }) => ({
      path,
      rules: list?.size ?? 0,
      junkLines: list?.junk.slice(0, toldJunk) ?? [],
      ...(problem !== undefined && { problem }),
    }))
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  async #read(path: string, before: ReadList | undefined): Promise<ReadList> {
    const { maxBytes, maxRules } = this.#options
    try {
      const { size, mtimeMs, ino } = await stat(path)
      const stamp = `${size} ${mtimeMs} ${ino}`
      if (before?.stamp === stamp) return before
      if (size > maxBytes) throw new GatewayFailure(500, `It has more than ${maxBytes} bytes.`)
      const list = await Denylist.inTurns(await readFile(path, 'utf8'), { maxRules }, setImmediate)
      return { path, stamp, list, problem: undefined }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      return { path, stamp: '', list: before?.list, problem }
    }
  }
}

function invalid(path: string, problem: string): PeerageError {
  return new PeerageError('config.invalid', `The denylist ${path} cannot be used: ${problem}`, {
    details: { key: 'gateway.denylists' },
  })
}
