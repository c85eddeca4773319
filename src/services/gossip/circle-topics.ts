import type { Circles } from '../../access/index.ts'
import type { Receipt, Told, TopicSource, View } from './topics.ts'

const prefix = 'circle'

/** What peers tell of circles that are not known here is kept until all of it has come, of so many peers and bytes each. */
export const introductionLimits: Readonly<Record<'peers' | 'bytes', number>> = { peers: 4, bytes: 5_242_880 }

export interface CircleTopicsParts {
  readonly circles: Circles
  /** The PeerIds by which rosters may name who a peer acts for; none when it acts for nobody. */
  keysOf(peer: string): readonly string[]
  /** Whether that peer may tell of a circle that is not known here. */
  mayIntroduce(peer: string): boolean
}

/** Rosters. A circle is spoken of only to who is in it, by the roster as it is known here; to who was removed, only of that. */
export class CircleTopics implements TopicSource {
  readonly prefix: string = prefix
  readonly #parts: CircleTopicsParts
  readonly #introductions = new Map<
    string,
    { readonly topic: string; statements: Uint8Array[]; bytes: number }
  >()

  constructor(parts: CircleTopicsParts) {
    this.#parts = parts
  }

  *about(peer: string): Iterable<string> {
    const { circles, keysOf } = this.#parts
    const all = new Set(keysOf(peer).flatMap(key => [...circles.circlesOf(key)]))
    for (const id of all) yield `${prefix}:${id}`
  }

  view(topic: string, peer: string): View | undefined {
    const { circles, keysOf } = this.#parts
    const id = idOf(topic)
    if (circles.get(id) === undefined) return undefined
    const keys = keysOf(peer)
    const members = circles.members(id)
    if (keys.some(key => members.has(key))) return { ids: new Set(circles.ids(id)), whole: true }
    const ids = new Set(keys.flatMap(key => circles.farewell(id, key)))
    return ids.size > 0 ? { ids, whole: false } : undefined
  }

  ids(topic: string): ReadonlySet<string> {
    const { circles } = this.#parts
    return new Set(circles.get(idOf(topic)) && circles.ids(idOf(topic)))
  }

  statements(topic: string, peer: string, except: ReadonlySet<string>): readonly Uint8Array[] {
    const ids = [...(this.view(topic, peer)?.ids ?? [])].filter(id => !except.has(id))
    return ids.length === 0 ? [] : this.#parts.circles.statements(idOf(topic), ids)
  }

  prepare(topic: string): Promise<void> | undefined {
    return this.#parts.circles.prepare(idOf(topic))
  }

  async receive(told: Told): Promise<Receipt> {
    const { circles, mayIntroduce } = this.#parts
    if (circles.get(idOf(told.topic)) !== undefined) return this.#judge(told.statements, told.from)
    if (!mayIntroduce(told.from)) return {}
    const all = this.#gather(told)
    return all === undefined ? {} : this.#judge(all, told.from)
  }

  onChanged(listener: (topic?: string, from?: string) => void): () => void {
    return this.#parts.circles.onChanged((id, from) => listener(`${prefix}:${id}`, from))
  }

  async #judge(statements: readonly Uint8Array[], from: string): Promise<Receipt> {
    const { unready, refused } = await this.#parts.circles.receive(statements, from)
    // Anything else than a forgery is for lack of room, or of a circle that this user has left.
    return { incomplete: unready > 0, fault: refused.find(({ code }) => code === 'statement.invalid') }
  }

  /** Whether this user is in a new circle shows only when all of it has come. */
  #gather({ topic, from, statements, more }: Told): readonly Uint8Array[] | undefined {
    const before = this.#introductions.get(from)
    const begun = before?.topic === topic ? before : { topic, statements: [], bytes: 0 }
    begun.statements = [...begun.statements, ...statements]
    begun.bytes += statements.reduce((sum, { length }) => sum + length, 0)
    this.#introductions.delete(from)
    if (!more) return begun.statements
    if (begun.bytes > introductionLimits.bytes) return undefined
    this.#introductions.set(from, begun)
    for (const oldest of this.#introductions.keys()) {
      if (this.#introductions.size <= introductionLimits.peers) break
      this.#introductions.delete(oldest)
    }
    return undefined
  }
}

function idOf(topic: string): string {
  return topic.slice(prefix.length + 1)
}
