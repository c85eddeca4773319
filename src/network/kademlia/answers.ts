import { PeerageError, type World } from '../../base/index.ts'
import type { KademliaConfig } from './config.ts'
import type { Contact } from './contact.ts'
import type { Answer, Asker, Question } from './exchange.ts'
import { type Place, placeOf } from './place.ts'
import { ProviderStore } from './provider-store.ts'
import { QuestionLimit } from './question-limit.ts'
import { bucketSize } from './routing-table.ts'
import { type Validators, ValueStore } from './value-store.ts'

interface AnswersParts {
  readonly world: World
  readonly config: KademliaConfig
  readonly validators: Validators
  /** Whether somebody may be told of a peer. */
  mayTell(about: string, to: string): boolean
  /** The nearest to a target that we know, ourselves not among them. */
  nearest(target: Place, count: number): readonly Contact[]
}

/** A key of a provider is a multihash; Go's implementation takes as many bytes. */
const maxProvidedKeyBytes = 80
const nothing: Answer = { closer: [], providers: [] }

/** Answers the questions of others, and keeps what they announce here. */
export class Answers {
  readonly providers: ProviderStore
  readonly values: ValueStore
  readonly #parts: AnswersParts
  readonly #limit: QuestionLimit

  constructor(parts: AnswersParts) {
    const { world, config, validators } = parts
    this.#parts = parts
    this.providers = new ProviderStore(world, config)
    this.values = new ValueStore(world, config, validators)
    this.#limit = new QuestionLimit(world, config.maxQuestionsPerSecond)
  }

  /** Undefined for what gets no answer. Throws `network.limit` and `wire.invalid`: then the stream is to be given up. */
  answer(question: Question, asker: Asker): Answer | undefined {
    if (!this.#limit.allows(asker.peer)) throw new PeerageError('network.limit', 'Too many questions.')
    switch (question.type) {
      case 'PING':
        return nothing
      case 'FIND_NODE':
        return { ...nothing, closer: this.#closer(question.key, asker) }
      case 'GET_PROVIDERS':
        return {
          closer: this.#closer(question.key, asker),
          providers: this.providers.get(question.key).filter(({ peer }) => this.#mayTell(peer, asker)),
        }
      case 'ADD_PROVIDER':
        this.#add(question.key, question.addresses, asker)
        return undefined
      case 'GET_VALUE':
        return {
          ...nothing,
          closer: this.#closer(question.key, asker),
          value: this.values.get(question.key),
        }
      case 'PUT_VALUE':
        if (!this.values.put(question.key, question.value))
          throw new PeerageError('wire.invalid', 'That value may not stand under that key.')
        return { ...nothing, value: question.value }
    }
  }

  expire(): void {
    this.providers.expire()
    this.values.expire()
  }

  /** Whoever asks knows itself. */
  #closer(key: Uint8Array, asker: Asker): Contact[] {
    if (key.length === 0) throw new PeerageError('wire.invalid', 'The question names no key.')
    return this.#parts
      .nearest(placeOf(key), bucketSize)
      .filter(({ peer }) => peer !== asker.peer && this.#mayTell(peer, asker))
  }

  #mayTell(about: string, { peer }: Asker): boolean {
    return this.#parts.mayTell(about, peer)
  }

  #add(key: Uint8Array, addresses: readonly string[], { peer, group }: Asker): void {
    if (key.length === 0 || key.length > maxProvidedKeyBytes)
      throw new PeerageError('wire.invalid', 'That is no key that somebody can provide.')
    this.providers.add(key, { peer, addresses }, group)
  }
}
