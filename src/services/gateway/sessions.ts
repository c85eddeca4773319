import type { CID } from 'multiformats/cid'
import type { Timer, World } from '../../base/index.ts'
import type { GatewaySession } from './host.ts'

interface Kept {
  readonly key: string
  readonly session: GatewaySession
  users: number
  timer: Timer | undefined
}

/** What one request holds of the session of its root. */
export interface SessionLease {
  /** Begins it when it is needed; undefined where nothing can be fetched. */
  session(): GatewaySession | undefined
  release(): void
}

/** How long a session waits for the next request: the parts of a page come one after another. */
const idleMs = 30_000

/** `publicOnly`: from those who give to anybody. */
type Open = (root: CID, publicOnly: boolean) => GatewaySession | undefined

/** The sessions by which DAGs are fetched: requests for one root share theirs. No more than there are requests at a time are in use. */
export class Sessions {
  readonly #world: World
  readonly #open: Open
  readonly #kept = new Map<string, Kept>()
  readonly #maxIdle: number

  constructor(world: World, maxIdle: number, open: Open) {
    this.#world = world
    this.#maxIdle = maxIdle
    this.#open = open
  }

  lease(root: CID, publicOnly: boolean): SessionLease {
    let held: Kept | undefined
    return {
      session: () => {
        held ??= this.#take(root, publicOnly)
        return held?.session
      },
      release: () => {
        if (held !== undefined) this.#giveBack(held)
        held = undefined
      },
    }
  }

  stop(): void {
    for (const { session, timer } of this.#kept.values()) {
      timer?.cancel()
      session.close()
    }
    this.#kept.clear()
  }

  #take(root: CID, publicOnly: boolean): Kept | undefined {
    const key = keyOf(root, publicOnly)
    const known = this.#kept.get(key)
    if (known !== undefined) {
      known.users++
      known.timer?.cancel()
      return known
    }
    const session = this.#open(root, publicOnly)
    if (session === undefined) return undefined
    const kept: Kept = { key, session, users: 1, timer: undefined }
    this.#kept.set(key, kept)
    return kept
  }

  #giveBack(kept: Kept): void {
    if (--kept.users > 0) return
    const end = (): void => {
      kept.session.close()
      if (this.#kept.get(kept.key) === kept) this.#kept.delete(kept.key)
    }
    const idle = [...this.#kept.values()].filter(({ users }) => users === 0).length
    if (idle > this.#maxIdle) end()
    else kept.timer = this.#world.after(idleMs, end)
  }
}

function keyOf(root: CID, publicOnly: boolean): string {
  return `${publicOnly ? 'public' : 'all'} ${root}`
}
