import type { Timer, World } from '../../base/index.ts'
import type { Datagrams } from '../datagrams.ts'

/** RFC 6886 section 1.1, RFC 6887 section 8.1: where routers are asked. */
export const routerPort = 5351

/** When a question is sent again, and when it is given up; all of RFC 6886 (64 s) nobody waits for. */
const againAfterMs = [250, 750, 1_750]
export const silentAfterMs = 3_000

interface Question {
  /** Whether these bytes are the answer. */
  hear(bytes: Uint8Array): boolean
}

/** Questions to one router by datagrams, over the one UDP socket. Only what comes from the router counts. */
export class RouterTalk {
  readonly #world: World
  readonly #datagrams: Datagrams
  readonly #router: string
  readonly #questions = new Set<Question>()
  readonly #unclaim: () => void

  constructor(world: World, datagrams: Datagrams, router: string) {
    this.#world = world
    this.#datagrams = datagrams
    this.#router = router
    this.#unclaim = datagrams.claim({
      name: 'gateway',
      matches: (_bytes, from) => from.port === routerPort && from.address === router,
      receive: bytes => this.#receive(bytes),
    })
  }

  /** The first thing that `understand` takes for an answer; it throws, or gives undefined, for anything else. Undefined: the router is silent, or `signal`. */
  ask<Answer>(
    request: Uint8Array,
    understand: (bytes: Uint8Array) => Answer | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
    const timers: Timer[] = []
    const question = { hear: (bytes: Uint8Array): boolean => settle(understand(bytes)) }
    const end = (answer?: Answer): void => {
      this.#questions.delete(question)
      signal.removeEventListener('abort', giveUp)
      for (const timer of timers) timer.cancel()
      resolve(answer)
    }
    const settle = (answer: Answer | undefined): boolean => {
      if (answer !== undefined) end(answer)
      return answer !== undefined
    }
    const giveUp = (): void => end()
    const send = (): void => this.#datagrams.send(request, { address: this.#router, port: routerPort })
    if (signal.aborted) return Promise.resolve(undefined)
    signal.addEventListener('abort', giveUp)
    this.#questions.add(question)
    for (const delay of againAfterMs) timers.push(this.#world.after(delay, send))
    timers.push(this.#world.after(silentAfterMs, giveUp))
    send()
    return promise
  }

  close(): void {
    this.#unclaim()
  }

  #receive(bytes: Uint8Array): void {
    for (const question of this.#questions)
      try {
        if (question.hear(bytes)) return
      } catch {
        // Not an answer to this one, or to nothing.
      }
  }
}
