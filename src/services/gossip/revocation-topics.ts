import { createHash } from 'node:crypto'
import type { Revocations } from '../../access/index.ts'
import { judged } from './judged.ts'
import type { Receipt, Told, TopicSource, View } from './topics.ts'

const prefix = 'revoked'
const nothing: ReadonlySet<string> = new Set()

/** Lists of revoked grants, by who gave the grants. `concerns`: whether somebody may be told of an issuer's. */
export class RevocationTopics implements TopicSource {
  readonly prefix: string = prefix
  readonly #revocations: Revocations
  readonly #concerns: (issuer: string, peer: string) => boolean

  constructor(revocations: Revocations, concerns: (issuer: string, peer: string) => boolean) {
    this.#revocations = revocations
    this.#concerns = concerns
  }

  *about(peer: string): Iterable<string> {
    for (const issuer of this.#revocations.issuers())
      if (this.#concerns(issuer, peer)) yield `${prefix}:${issuer}`
  }

  view(topic: string, peer: string): View | undefined {
    return this.#concerns(issuerOf(topic), peer) ? { ids: this.ids(topic), whole: true } : undefined
  }

  /** One id: that of the newest list, which takes the place of all before. */
  ids(topic: string): ReadonlySet<string> {
    const list = this.#revocations.statementOf(issuerOf(topic))
    return list === undefined ? nothing : new Set([createHash('sha256').update(list).digest('hex')])
  }

  statements(topic: string, peer: string, except: ReadonlySet<string>): readonly Uint8Array[] {
    const list = this.#revocations.statementOf(issuerOf(topic))
    const isKnown = [...this.ids(topic)].every(id => except.has(id))
    return list === undefined || isKnown || !this.#concerns(issuerOf(topic), peer) ? [] : [list]
  }

  receive({ statements }: Told): Receipt {
    return judged(statements, bytes => this.#revocations.receive(bytes))
  }

  onChanged(listener: (topic?: string) => void): () => void {
    return this.#revocations.onChanged(issuer => listener(`${prefix}:${issuer}`))
  }
}

function issuerOf(topic: string): string {
  return topic.slice(prefix.length + 1)
}
