import type { People } from '../../access/index.ts'
import { judged } from './judged.ts'
import type { Receipt, Told, TopicSource, View } from './topics.ts'

const prefix = 'person'

/** Device lists and hand-overs, by the person's newest key. `concerns`: whether somebody may be told of a person. */
export class PeopleTopics implements TopicSource {
  readonly prefix: string = prefix
  readonly #people: People
  readonly #concerns: (person: string, peer: string) => boolean

  constructor(people: People, concerns: (person: string, peer: string) => boolean) {
    this.#people = people
    this.#concerns = concerns
  }

  *about(peer: string): Iterable<string> {
    for (const person of this.#people.persons()) if (this.#concerns(person, peer)) yield `${prefix}:${person}`
  }

  view(topic: string, peer: string): View | undefined {
    return this.#concerns(this.#personOf(topic), peer) ? { ids: this.ids(topic), whole: true } : undefined
  }

  ids(topic: string): ReadonlySet<string> {
    return new Set(this.#people.ids(this.#personOf(topic)))
  }

  statements(topic: string, peer: string, except: ReadonlySet<string>): readonly Uint8Array[] {
    const person = this.#personOf(topic)
    return this.#concerns(person, peer) ? this.#people.statementsOf(person, except) : []
  }

  receive({ statements }: Told): Receipt {
    return judged(statements, bytes => this.#people.receive(bytes))
  }

  onChanged(listener: (topic?: string) => void): () => void {
    return this.#people.onChanged(person => listener(`${prefix}:${person}`))
  }

  /** Others may know the person by an earlier key. */
  #personOf(topic: string): string {
    return this.#people.personOf(topic.slice(prefix.length + 1))
  }
}
