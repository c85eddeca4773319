import type { World } from '../../../base/index.ts'
import type { Path } from '../../../network/index.ts'

/** The way of one question through this node. */
export interface Route {
  /** To whom answers go; undefined: the question is our own. */
  readonly back?: string
  /** Takes answers to our own. */
  readonly own?: (record: Uint8Array, teller: Path) => void
  /** From whom answers are taken. */
  readonly sentTo: Set<string>
  answers: number
  readonly until: number
}

const routeMs = 30_000

/** Ways back of the questions that passed here, for a while; when there are too many, new ones are not passed on. */
export class Routes {
  readonly #world: World
  readonly #max: number
  readonly #all = new Map<string, Route>()

  constructor(world: World, max: number) {
    this.#world = world
    this.#max = max
  }

  get size(): number {
    return this.#all.size
  }

  get(id: string): Route | undefined {
    const route = this.#all.get(id)
    return route !== undefined && route.until > this.#world.now() ? route : undefined
  }

  /** Undefined: there is no room. */
  begin(id: string, ends: Pick<Route, 'back' | 'own'>): Route | undefined {
    const now = this.#world.now()
    // In the order in which they began, which is that in which they end.
    for (const [key, { until }] of this.#all) {
      if (until > now) break
      this.#all.delete(key)
    }
    if (this.#all.size >= this.#max) return undefined
    const route: Route = { ...ends, sentTo: new Set(), answers: 0, until: now + routeMs }
    this.#all.set(id, route)
    return route
  }

  forget(id: string): void {
    this.#all.delete(id)
  }
}
