import { z } from '../base/index.ts'
import type { KeyValue } from './state-log.ts'

/**
 * What is being done about the place of a content, written before anything is touched. `renaming`: goes on at the next start,
 * before anybody looks; `copying`: the old place is valid until all is copied; `deleting`: the new place is valid, and the old
 * files go.
 */
export interface MoveIntent {
  readonly phase: 'renaming' | 'copying' | 'deleting'
  /** The other place: where it goes to, or, while deleting, where it was. */
  readonly base: string
  readonly target: string
  readonly exact: boolean
}

const kind = 'store.move'

const schema: z.ZodType<MoveIntent> = z.object({
  phase: z.enum(['renaming', 'copying', 'deleting']),
  base: z.string().max(65_536),
  target: z.string().max(65_536),
  exact: z.boolean(),
})

/** The moves that are under way, by info hash. */
export class MoveIntents {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  get(hash: string): MoveIntent | undefined {
    const parsed = schema.safeParse(this.#state.get(kind, hash))
    return parsed.success ? parsed.data : undefined
  }

  set(hash: string, intent: MoveIntent): void {
    this.#state.put(kind, hash, intent)
  }

  clear(hash: string): void {
    this.#state.delete(kind, hash)
  }

  *all(): Iterable<readonly [hash: string, intent: MoveIntent]> {
    for (const [hash] of this.#state.entries(kind)) {
      const intent = this.get(hash)
      if (intent !== undefined) yield [hash, intent]
    }
  }
}
