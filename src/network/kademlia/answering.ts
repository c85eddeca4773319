import { PeerageError, type World } from '../../base/index.ts'
import { DelimitedReader, kademliaLimits } from '../../wire/index.ts'
import type { PeerStream } from '../peer-stream.ts'
import type { Answer, Asker, Question } from './exchange.ts'
import { decodeQuestion, encodeAnswer } from './messages.ts'

/** Streams of one peer that may wait for our answers, and how long one may be silent. */
const maxStreamsPerPeer = 8
const silenceMs = 60_000

interface AnsweringParts {
  readonly world: World
  answer(question: Question, asker: Asker): Answer | undefined
  /** The group of the address at which a connected peer is. */
  groupOf(peer: string): string | undefined
}

/** Serves streams on which others ask; several questions may come on one of them. */
export class Answering {
  readonly #parts: AnsweringParts
  readonly #perPeer = new Map<string, number>()

  constructor(parts: AnsweringParts) {
    this.#parts = parts
  }

  /** What is malformed, refused or too much throws, which ends the stream. */
  serve(stream: PeerStream): void {
    const { peer } = stream
    const open = this.#perPeer.get(peer) ?? 0
    if (open >= maxStreamsPerPeer) throw new PeerageError('network.limit', 'Too many streams of one peer.')
    this.#perPeer.set(peer, open + 1)
    const idle = new Silence(this.#parts.world, () => stream.close().catch(() => {}))
    const reader = new DelimitedReader(kademliaLimits.questionBytes)
    stream.onData(chunk => {
      idle.heard()
      for (const frame of reader.push(chunk)) this.#answer(frame, stream)
    })
    stream.onEnd(() => {
      stream.close().catch(() => {})
    })
    stream.onClose(() => {
      idle.stop()
      const left = (this.#perPeer.get(peer) ?? 1) - 1
      if (left > 0) this.#perPeer.set(peer, left)
      else this.#perPeer.delete(peer)
    })
  }

  #answer(frame: Uint8Array, stream: PeerStream): void {
    const { peer, path } = stream
    const { answer, groupOf } = this.#parts
    const question = decodeQuestion(frame, peer, path)
    const given = answer(question, { peer, group: groupOf(peer) })
    // Whoever does not read its answers gets no more of them.
    if (given !== undefined && !stream.send(encodeAnswer(question, given, path)))
      throw new PeerageError('network.limit', 'The peer does not take its answers.')
  }
}

/** Ends what has been silent for too long. */
class Silence {
  readonly #world: World
  readonly #end: () => void
  #timer: ReturnType<World['after']>

  constructor(world: World, end: () => void) {
    this.#world = world
    this.#end = end
    this.#timer = world.after(silenceMs, end)
  }

  heard(): void {
    this.#timer.cancel()
    this.#timer = this.#world.after(silenceMs, this.#end)
  }

  stop(): void {
    this.#timer.cancel()
  }
}
