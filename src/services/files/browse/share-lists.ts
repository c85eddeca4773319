import { createHash } from 'node:crypto'
import { AttemptLimit } from '../../../access/index.ts'
import { PeerageError, type Timer, type World } from '../../../base/index.ts'
import type { PeerStream } from '../../../network/index.ts'
import { bySteps } from '../../../store/index.ts'
import {
  decodeSharesMessage,
  encodeSharePages,
  encodeSharesWord,
  type ListedShare,
  sharesFrameReader,
} from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { Transfer } from '../transfer.ts'
import { visibleShares } from './visible-shares.ts'

/** The libp2p protocol by which a peer asks what it may see. */
export const sharesProtocol = '/peerage/shares/1'

/** A list of nothing is told no sooner, so that its time does not tell how many shares were looked through. */
const nothingMs = 250
/** Changes within that time are told together. */
const settleMs = 500
/** How long a peer that has an answer to read may take for a part of it, and one that opened a stream for its first question. */
const patienceMs = 30_000

/** One peer that looks at what is shared here. */
interface Visitor {
  readonly stream: PeerStream
  /** The list as it was told last; undefined until it was. */
  told?: string
  busy: boolean
  /** Something changed while it was being answered. */
  missed: boolean
}

/** Tells peers what they may see of the shares here, and that it changed. Strangers are told of nothing, in the same words. */
export class ShareLists {
  readonly #host: FilesHost
  readonly #transfers: Iterable<Transfer>
  readonly #limit: AttemptLimit
  readonly #visitors = new Set<Visitor>()
  readonly #stopListening: () => void
  #timer: Timer | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(host: FilesHost, transfers: Iterable<Transfer>) {
    this.#host = host
    this.#transfers = transfers
    const { world, config, access } = host
    this.#limit = new AttemptLimit(world, config.listsPerMinute, config.maxVisitors)
    host.network?.handle(sharesProtocol, stream => this.#receive(stream))
    this.#stopListening = access.onChanged(() => this.changed())
  }

  stop(): void {
    this.#stopListening()
    this.#timer?.cancel()
    this.#host.network?.unhandle(sharesProtocol)
    for (const { stream } of this.#visitors) stream.abort(new Error('this peer stops'))
  }

  /** What is shared, or who may see it, changed: those that look are told soon. */
  changed(): void {
    if (this.#visitors.size === 0) return
    this.#timer ??= this.#host.world.after(settleMs, () => {
      this.#timer = undefined
      this.#telling = this.#telling.then(() => this.#tellAll())
    })
  }

  #receive(stream: PeerStream): void {
    const { world, config } = this.#host
    if (this.#visitors.size >= config.maxVisitors)
      return void stream.abort(new Error('too many look at once'))
    const visitor: Visitor = { stream, busy: false, missed: false }
    this.#visitors.add(visitor)
    const timer = world.after(patienceMs, () => {
      if (visitor.told === undefined && !visitor.busy) stream.abort(new Error('nothing was asked'))
    })
    stream.onClose(() => {
      timer.cancel()
      this.#visitors.delete(visitor)
    })
    stream.onEnd(() => void stream.close().catch(() => undefined))
    const reader = sharesFrameReader()
    stream.onData(chunk => {
      for (const frame of reader.push(chunk)) this.#heard(visitor, decodeSharesMessage(frame).type)
    })
  }

  #heard(visitor: Visitor, type: string): void {
    if (type !== 'ask' || visitor.busy)
      throw new PeerageError('wire.invalid', 'It said something that nobody asked for.')
    const { peer } = visitor.stream
    if (!this.#limit.allows(peer)) return void visitor.stream.send(encodeSharesWord('busy'))
    this.#limit.failed(peer)
    visitor.busy = true
    this.#answer(visitor)
      .catch(error => visitor.stream.abort(error))
      .finally(() => {
        visitor.busy = false
        if (visitor.missed) this.changed()
      })
  }

  async #answer(visitor: Visitor): Promise<void> {
    const { stream } = visitor
    const { world } = this.#host
    const since = world.now()
    const shares = await this.#visibleTo(stream)
    if (shares.length === 0) await until(world, since + nothingMs)
    this.#note(stream.peer, shares.length)
    const { pages, digest } = await bySteps(pagesOf(shares))
    visitor.told = digest
    for (const page of pages) {
      if (stream.send(page)) continue
      const timer = world.after(patienceMs, () => stream.abort(new Error('it reads too slowly')))
      await stream.drained().finally(() => timer.cancel())
    }
  }

  #note(peer: string, count: number): void {
    const reason = `it may see ${count} of the shares here`
    const allowed = count > 0
    this.#host.audit.record({ peer, action: 'list', resource: 'service:shares', allowed, reason })
  }

  /** One after the other: each costs a look at every share. */
  async #tellAll(): Promise<void> {
    for (const visitor of [...this.#visitors]) {
      visitor.missed = visitor.busy
      if (visitor.told === undefined || visitor.busy || !this.#visitors.has(visitor)) continue
      const { digest } = await bySteps(pagesOf(await this.#visibleTo(visitor.stream)))
      if (digest === visitor.told || visitor.busy) continue
      visitor.told = digest
      visitor.stream.send(encodeSharesWord('changed'))
    }
  }

  #visibleTo(visitor: PeerStream): Promise<ListedShare[]> {
    return bySteps(visibleShares(this.#host, this.#transfers, visitor))
  }
}

interface Told {
  readonly pages: readonly Uint8Array[]
  /** Equal for lists that say the same. */
  readonly digest: string
}

/** By steps: ten thousand shares take as long to write as others may be kept waiting. */
function* pagesOf(shares: readonly ListedShare[]): Generator<void, Told> {
  const hash = createHash('sha256')
  const pages: Uint8Array[] = []
  for (const page of encodeSharePages(shares)) {
    hash.update(page)
    pages.push(page)
    yield
  }
  return { pages, digest: hash.digest('base64') }
}

function until(world: World, time: number): Promise<void> {
  return new Promise(resolve => world.after(Math.max(0, time - world.now()), resolve))
}
