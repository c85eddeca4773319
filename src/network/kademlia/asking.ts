import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { DelimitedReader, kademliaLimits } from '../../wire/index.ts'
import type { Network } from '../network.ts'
import type { PeerStream } from '../peer-stream.ts'
import type { Contact } from './contact.ts'
import type { Answer, Ask, Question } from './exchange.ts'
import { decodeAnswer, encodeQuestion } from './messages.ts'
import { networkGroupOf } from './network-group.ts'

/** Streams that wait for a further question to the same peer, and how long they do. */
const maxIdle = 64
const idleMs = 10_000

interface AskingParts {
  readonly world: World
  readonly network: Pick<Network, 'peerId' | 'open'>
  readonly protocol: string
  /** Where a peer is that is connected. */
  addressOf(peer: string): string | undefined
}

/** Asks over streams of the network; one stream carries several questions, one after the other. */
export class Asking {
  readonly #parts: AskingParts
  /** By peer; who was used last comes last. */
  readonly #idle = new Map<string, { readonly line: Line; readonly timer: Timer }>()

  constructor(parts: AskingParts) {
    this.#parts = parts
  }

  readonly ask: Ask = async (contact, question, signal) => {
    const kept = this.#take(contact.peer)
    if (kept !== undefined) {
      try {
        return await this.#askOn(kept, question, signal)
      } catch (error) {
        // It may have ended just now; whoever answers badly is not asked twice.
        signal.throwIfAborted()
        if (error instanceof PeerageError) throw error
      }
    }
    return await this.#askOn(new Line(await this.#open(contact, signal)), question, signal)
  }

  close(): void {
    for (const { line, timer } of this.#idle.values()) {
      timer.cancel()
      line.close()
    }
    this.#idle.clear()
  }

  async #askOn(line: Line, question: Question, signal: AbortSignal): ReturnType<Ask> {
    const { path, peer } = line.stream
    const { network, addressOf } = this.#parts
    try {
      line.stream.send(encodeQuestion(question, network.peerId, path))
      // ADD_PROVIDER is not answered.
      const answer: Answer | undefined =
        question.type === 'ADD_PROVIDER' ? undefined : decodeAnswer(await line.frame(signal), question, path)
      this.#keep(peer, line)
      return { answer, group: networkGroupOf(addressOf(peer) ?? '') }
    } catch (error) {
      line.stream.abort(error instanceof Error ? error : new Error('It was given up.'))
      throw error
    }
  }

  /** Known addresses only: whoever is looked up because we look somebody up would never end. */
  #open({ peer, addresses }: Contact, signal: AbortSignal): Promise<PeerStream> {
    const { network, protocol, addressOf } = this.#parts
    const full = addresses.map(address => `${address}/p2p/${peer}`)
    if (full.length > 0) return network.open(full, protocol, { signal })
    if (addressOf(peer) !== undefined) return network.open(peer, protocol, { signal })
    throw new PeerageError('network.unreachable', 'No address of the peer is known.')
  }

  #take(peer: string): Line | undefined {
    const kept = this.#idle.get(peer)
    if (kept === undefined) return undefined
    this.#idle.delete(peer)
    kept.timer.cancel()
    return kept.line.open ? kept.line : undefined
  }

  #keep(peer: string, line: Line): void {
    this.#take(peer)?.close()
    const timer = this.#parts.world.after(idleMs, () => this.#take(peer)?.close())
    this.#idle.set(peer, { line, timer })
    if (this.#idle.size > maxIdle) this.#take(this.#idle.keys().next().value!)?.close()
  }
}

/** One stream on which questions are asked. */
class Line {
  readonly stream: PeerStream
  open = true
  #waiting: PromiseWithResolvers<Uint8Array> | undefined

  constructor(stream: PeerStream) {
    this.stream = stream
    const reader = new DelimitedReader(kademliaLimits.answerBytes)
    stream.onData(chunk => {
      // What nobody asked for ends the stream: it throws into it.
      for (const frame of reader.push(chunk)) this.#arrived(frame)
    })
    stream.onEnd(() => this.#ended())
    stream.onClose(() => this.#ended())
  }

  /** The next frame. Rejects with an `Error` when the stream ends, and with `signal.reason`. */
  async frame(signal: AbortSignal): Promise<Uint8Array> {
    if (!this.open) throw new Error('The stream has ended.')
    const waiting = Promise.withResolvers<Uint8Array>()
    this.#waiting = waiting
    const abort = (): void => waiting.reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    try {
      return await waiting.promise
    } finally {
      this.#waiting = undefined
      signal.removeEventListener('abort', abort)
    }
  }

  close(): void {
    this.stream.close().catch(() => {})
  }

  #arrived(frame: Uint8Array): void {
    if (this.#waiting === undefined) throw new PeerageError('peer.protocol', 'Nothing was asked.')
    this.#waiting.resolve(frame)
    this.#waiting = undefined
  }

  #ended(): void {
    this.open = false
    this.#waiting?.reject(new Error('The stream ended without an answer.'))
  }
}
