import { peerIdOf, publicKeyOf } from '../../../access/index.ts'
import { PeerageError, type Timer, toHex, type World } from '../../../base/index.ts'
import type { Network, PeerStream } from '../../../network/index.ts'
import {
  decodeSharesMessage,
  encodeSharesWord,
  type ListedShare,
  type SharesMessage,
  sharesFrameReader,
  sharesLimits,
} from '../../../wire/index.ts'
import { sharesProtocol } from './share-lists.ts'

/** How long a peer may take for the next page. */
const pageMs = 15_000

interface Question {
  readonly shares: Map<string, ListedShare>
  /** Whether links can name them. */
  readonly owners: Map<string | undefined, boolean>
  /** How many were told, those told twice as well. */
  told: number
  readonly resolve: (shares: ListedShare[]) => void
  readonly reject: (error: unknown) => void
  timer: Timer
}

export interface AskOptions {
  readonly network: Network
  readonly world: World
  /** PeerId. */
  readonly peer: string
  readonly signal: AbortSignal
  /** It shares something else now. */
  onChanged?(): void
  /** It is gone. */
  onClosed?(): void
}

/** What one peer lets us see, asked over one stream; as long as that is open we are told when it changes. */
export class AskedShares {
  readonly #world: World
  readonly #stream: PeerStream
  readonly #onChanged: () => void
  #question: Question | undefined
  /** Why it is over. */
  #closed: unknown

  /** Rejects as `Network.open`. */
  static async open(options: AskOptions): Promise<AskedShares> {
    const { network, peer, signal } = options
    return new AskedShares(await network.open(peer, sharesProtocol, { signal }), options)
  }

  private constructor(stream: PeerStream, { world, signal, onChanged, onClosed }: AskOptions) {
    this.#world = world
    this.#stream = stream
    this.#onChanged = onChanged ?? (() => undefined)
    const leave = (): void => stream.abort(new Error('the question was taken back'))
    signal.addEventListener('abort', leave, { once: true })
    stream.onClose(error => {
      signal.removeEventListener('abort', leave)
      this.#closed = signal.aborted ? signal.reason : hungUp(error)
      this.#fail(this.#closed)
      onClosed?.()
    })
    stream.onEnd(() => stream.abort(hungUp(undefined)))
    const reader = sharesFrameReader()
    stream.onData(chunk => {
      try {
        for (const frame of reader.push(chunk)) this.#take(decodeSharesMessage(frame))
      } catch (error) {
        this.#fail(error)
        throw error
      }
    })
  }

  /**
   * Its list. One question at a time. Rejects with `wire.*` when it does not keep to the protocol, `network.limit` when it was
   * asked too often, `peer.protocol` when it hung up or took too long, and with the reason of the signal.
   */
  ask(): Promise<ListedShare[]> {
    if (this.#question !== undefined) throw new TypeError('it is being asked already')
    const { promise, resolve, reject } = Promise.withResolvers<ListedShare[]>()
    this.#question = {
      shares: new Map(),
      owners: new Map(),
      told: 0,
      resolve,
      reject,
      timer: this.#patience(),
    }
    if (this.#closed !== undefined) this.#fail(this.#closed)
    else this.#stream.send(encodeSharesWord('ask'))
    return promise
  }

  close(): void {
    void this.#stream.close().catch(() => undefined)
  }

  #take(message: SharesMessage): void {
    // While it is answering, too: the answer may be older than the news.
    if (message.type === 'changed') return void this.#onChanged()
    const question = this.#question
    if (question === undefined || message.type === 'ask')
      throw new PeerageError('wire.invalid', 'The peer said something that nobody asked for.')
    if (message.type === 'busy') return void this.#fail(askedTooOften())
    this.#takePage(question, message.shares)
    question.timer.cancel()
    question.timer = this.#patience()
    if (!message.isLast) return
    this.#end()
    question.resolve([...question.shares.values()])
  }

  /** What is told twice counts once. */
  #takePage(question: Question, page: readonly ListedShare[]): void {
    const { shares, owners } = question
    for (const share of page) {
      const name = toHex(share.infoHash)
      if (!owners.has(share.owner)) owners.set(share.owner, isSoundOwner(share.owner))
      if (!shares.has(name) && owners.get(share.owner)) shares.set(name, share)
    }
    question.told += page.length
    if (question.told > sharesLimits.shares)
      throw new PeerageError('wire.limit', `The peer lists more than ${sharesLimits.shares} shares.`)
  }

  #patience(): Timer {
    return this.#world.after(pageMs, () => this.#stream.abort(new Error('The peer took too long to answer.')))
  }

  #end(): void {
    this.#question?.timer.cancel()
    this.#question = undefined
  }

  #fail(cause: unknown): void {
    const question = this.#question
    this.#end()
    question?.reject(cause)
  }
}

function askedTooOften(): PeerageError {
  return new PeerageError('network.limit', 'That peer was asked too often what it shares; wait a minute.')
}

/** Links name owners whose keys are in their PeerIds; what no link can name cannot be fetched. */
function isSoundOwner(owner: string | undefined): boolean {
  if (owner === undefined) return true
  try {
    return peerIdOf(publicKeyOf(owner)) === owner
  } catch {
    return false
  }
}

function hungUp(cause: Error | undefined): PeerageError {
  if (cause instanceof PeerageError) return cause
  return new PeerageError('peer.protocol', cause?.message ?? 'The peer hung up.', { cause })
}
