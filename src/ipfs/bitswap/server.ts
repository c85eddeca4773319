import type { CID } from 'multiformats/cid'
import type { Timer, World } from '../../base/index.ts'
import type { RateLimit } from '../../swarm/index.ts'
import type { BitswapNotes } from '../../wire/index.ts'
import type { BlockLoan, Blocks } from '../ports.ts'
import { prefixOf } from './block-name.ts'
import type { BitswapConfig } from './config.ts'
import { Ledger, type Wanted } from './ledger.ts'
import type { Link } from './link.ts'

/** Small blocks travel together, up to so many bytes. */
const batchBytes = 65_536
/** Answers of one batch, blocks or not. */
const batchAnswers = 512

export interface ServerParts {
  readonly world: World
  readonly config: BitswapConfig
  readonly blocks: Pick<Blocks, 'sizeOf' | 'get' | 'loan'>
  readonly limit: RateLimit
  mayServe(peer: string, cid: CID): boolean
}

/** A peer that wants something. */
export class Customer {
  readonly peer: string
  readonly link: Pick<Link, 'send'>
  readonly ledger: Ledger
  /** Bytes that are read for it, or on the way to it. */
  inFlight = 0
  isGone = false
  /** Reads end in any order, blocks leave in that of the wants. */
  sending: Promise<void> = Promise.resolve()

  constructor(peer: string, link: Pick<Link, 'send'>, maxWants: number) {
    this.peer = peer
    this.link = link
    this.ledger = new Ledger(maxWants)
  }
}

/** Answers wants: peers take turns, each with a bounded number of bytes on the way. */
export class Server {
  readonly #parts: ServerParts
  /** Those with wants, the next one first. */
  readonly #waiting = new Set<Customer>()
  #inFlight = 0
  #timer: Timer | undefined
  #isPumping = false
  readonly #stop = new AbortController()

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  noted(customer: Customer, notes: BitswapNotes): void {
    const over = customer.ledger.update(notes)
    const presences = over
      .filter(({ sendDontHave }) => sendDontHave)
      .map(({ cid }) => ({ cid: cid.bytes, has: false }))
    if (presences.length > 0) customer.link.send({ presences })
    if (customer.ledger.size === 0) return
    this.#waiting.add(customer)
    this.#pump()
  }

  left(customer: Customer): void {
    customer.isGone = true
    customer.ledger.clear()
    this.#waiting.delete(customer)
  }

  stop(): void {
    this.#stop.abort(new Error('Nobody is served any more.'))
    this.#timer?.cancel()
    this.#waiting.clear()
  }

  #pump(): void {
    if (this.#isPumping || this.#stop.signal.aborted) return
    this.#isPumping = true
    while (this.#serveNext());
    this.#isPumping = false
  }

  /** Serves one batch to the first peer that there is room for, which then is the last in turn. */
  #serveNext(): boolean {
    const { world, config, limit } = this.#parts
    if (this.#waiting.size === 0 || this.#inFlight >= config.maxSendBufferBytes) return false
    const waitMs = limit.waitMs(world.now())
    if (waitMs > 0) {
      this.#timer ??= world.after(waitMs, () => {
        this.#timer = undefined
        this.#pump()
      })
      return false
    }
    for (const customer of this.#waiting) {
      if (customer.inFlight >= config.sendBufferBytes) continue
      this.#waiting.delete(customer)
      this.#serve(customer)
      if (customer.ledger.size > 0) this.#waiting.add(customer)
      return true
    }
    return false
  }

  #serve(customer: Customer): void {
    const { blocks, limit, config } = this.#parts
    const presences: { cid: Uint8Array; has: boolean }[] = []
    const wanted: Wanted[] = []
    let bytes = 0
    for (let count = 0; count < batchAnswers && bytes < batchBytes; count++) {
      const next = customer.ledger.peek()
      if (next === undefined) break
      const size = this.#mayHave(customer, next.cid) ? blocks.sizeOf(next.cid) : undefined
      const has = size !== undefined && size <= config.maxBlockBytes
      if (has && next.type === 'block' && bytes > 0 && bytes + size > batchBytes) break
      customer.ledger.take()
      if (has && next.type === 'block') {
        wanted.push(next)
        bytes += size
      } else if (has || next.sendDontHave) presences.push({ cid: next.cid.bytes, has })
    }
    if (wanted.length === 0) {
      if (presences.length > 0) customer.link.send({ presences })
      return
    }
    limit.spend(bytes)
    this.#account(customer, bytes)
    const read = Promise.all(wanted.map(({ cid }) => this.#read(cid)))
    customer.sending = Promise.all([read, customer.sending]).then(([found]) =>
      this.#send(customer, wanted, found, presences, bytes),
    )
  }

  #mayHave(customer: Customer, cid: CID): boolean {
    return this.#parts.mayServe(customer.peer, cid)
  }

  /** Memory of its own for each block would cost more, to make and to collect, than all else that is done with it. */
  async #read(cid: CID): Promise<BlockLoan | undefined> {
    const { blocks } = this.#parts
    const options = { signal: this.#stop.signal }
    try {
      if (blocks.loan !== undefined) return await blocks.loan(cid, options)
      const block = await blocks.get(cid, options)
      return block && { block, release: () => undefined }
    } catch {
      // Whoever asks learns only that it cannot be had here; the store tells the user.
      return undefined
    }
  }

  #send(
    customer: Customer,
    wanted: readonly Wanted[],
    found: readonly (BlockLoan | undefined)[],
    presences: { cid: Uint8Array; has: boolean }[],
    bytes: number,
  ): void {
    const released = (): void => {
      for (const loan of found) loan?.release()
      this.#account(customer, -bytes)
      this.#pump()
    }
    if (customer.isGone) {
      released()
      return
    }
    const blocks: { prefix: Uint8Array; data: Uint8Array }[] = []
    for (const [at, { cid, sendDontHave }] of wanted.entries()) {
      const loan = found[at]
      if (loan !== undefined) blocks.push({ prefix: prefixOf(cid), data: loan.block.bytes })
      else if (sendDontHave) presences.push({ cid: cid.bytes, has: false })
    }
    customer.ledger.sentBytes += blocks.reduce((sum, { data }) => sum + data.length, 0)
    customer.link.send({ blocks, presences }, released)
  }

  #account(customer: Customer, bytes: number): void {
    customer.inFlight += bytes
    this.#inFlight += bytes
  }
}
