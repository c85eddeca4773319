import { PeerageError, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { DelimitedReader, encodeDelimited } from '../../wire/index.ts'

export interface Question {
  readonly world: World
  readonly stream: PeerStream
  readonly frame: Uint8Array
  readonly maxAnswerBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Sends one frame and resolves with the one that answers it. Rejects with `wire.*`, `peer.protocol`, or `signal.reason`. */
export async function ask(question: Question): Promise<Uint8Array> {
  const { world, stream, frame, maxAnswerBytes, timeoutMs, signal } = question
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const reader = new DelimitedReader(maxAnswerBytes)
  const onAbort = (): void => reject(signal.reason)
  const timer = world.after(timeoutMs, () => reject(unanswered()))
  signal.addEventListener('abort', onAbort, { once: true })
  stream.onClose(error => reject(error ?? unanswered()))
  stream.onEnd(() => reject(unanswered()))
  stream.onData(chunk => {
    try {
      for (const answer of reader.push(chunk)) resolve(answer)
    } catch (error) {
      reject(error)
    }
  })
  stream.send(encodeDelimited(frame))
  try {
    const answer = await promise
    void stream.close().catch(() => undefined)
    return answer
  } catch (error) {
    stream.abort(new Error('no answer'))
    throw error
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

export interface Service {
  readonly world: World
  readonly stream: PeerStream
  readonly maxQuestionBytes: number
  /** Whoever says nothing for so long is left. */
  readonly idleMs: number
  /** The answer, or undefined when there is none to give. What it throws ends the stream. */
  answer(frame: Uint8Array): Uint8Array | undefined
}

/** Answers frame after frame of one stream until the other side ends it, does wrong, or says nothing for too long. */
export function serve({ world, stream, maxQuestionBytes, idleMs, answer }: Service): void {
  const reader = new DelimitedReader(maxQuestionBytes)
  const leave = (why: string): void => stream.abort(new Error(why))
  let timer = world.after(idleMs, () => leave('nothing is asked'))
  stream.onClose(() => timer.cancel())
  stream.onEnd(() => void stream.close().catch(() => undefined))
  stream.onData(chunk => {
    timer.cancel()
    timer = world.after(idleMs, () => leave('nothing is asked'))
    try {
      for (const frame of reader.push(chunk)) {
        const reply = answer(frame)
        // Who asks and does not listen costs no memory.
        if (reply !== undefined && !stream.send(encodeDelimited(reply))) return leave('it does not listen')
      }
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      leave(error.message)
    }
  })
}

function unanswered(): PeerageError {
  return new PeerageError('peer.protocol', 'The other side did not answer.')
}
