import { PeerageError, toHex, type World } from '../../base/index.ts'
import type { AnswerInput } from './inputs.ts'

type Answer = Pick<AnswerInput, 'accept' | 'into'>

/** How long an offer waits for its answer. */
const patienceMs = 600_000

interface Question {
  readonly id: string
  /** Rejects with `signal.reason`. */
  answer(signal: AbortSignal): Promise<Answer>
  end(): void
}

/** Offers that wait for the user's yes or no. */
export class Answers {
  readonly #world: World
  readonly #waiting = new Map<string, (answer: Answer) => void>()

  constructor(world: World) {
    this.#world = world
  }

  /** A question with its id, until its end. What is answered before anybody waits is kept; no answer in ten minutes is a no. */
  ask(): Question {
    const id = toHex(this.#world.random.bytes(8))
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#waiting.set(id, resolve)
    const timer = this.#world.after(patienceMs, () => resolve({ accept: false }))
    return {
      id,
      answer: signal => {
        const interrupted = (): void => reject(signal.reason)
        if (signal.aborted) interrupted()
        signal.addEventListener('abort', interrupted, { once: true })
        return promise.finally(() => signal.removeEventListener('abort', interrupted))
      },
      end: () => {
        timer.cancel()
        this.#waiting.delete(id)
      },
    }
  }

  /** Throws `invite.not-found`. */
  give({ offer, accept, into }: AnswerInput): void {
    const waiting = this.#waiting.get(offer)
    if (waiting === undefined)
      throw new PeerageError('invite.not-found', 'No such offer waits for an answer any more.')
    waiting({ accept, into })
  }
}
