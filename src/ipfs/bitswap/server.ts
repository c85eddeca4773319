import type { CID } from 'multiformats/cid'
import { type Timer, toHex, type World } from '../../base/index.ts'
import type { RateLimit } from '../../swarm/index.ts'
import type { BitswapNotes, BitswapPresence } from '../../wire/index.ts'
import type { BlockLoan, Blocks, FoundBlock } from '../ports.ts'
import { prefixOf } from './block-name.ts'
import type { BitswapConfig } from './config.ts'
import { Ledger, type Wanted } from './ledger.ts'
import type { Link } from './link.ts'

/** Small blocks travel together, up to so many bytes. */
const batchBytes = 65_536
/** Answers of one batch, blocks or not. */
const batchAnswers = 256
/** What an answer without a block counts as while it waits to be sent: about what it takes in memory. */
const answerBytes = 128
/** Blocks that come within so long are told of together; of more than so many all that is open is looked at. */
const arrivalMs = 100
const mostArrived = 4096
/** Wants that are looked at in one turn: each asks the index, and others wait for their turn. */
const looksPerTurn = 256

/** So much may be on its way to a peer when it ends the stream: Helia then waits for ever for what was in it. */
const lostBytes = 16 * 2 ** 20
const mostLost = 1024
/** How often in a row that is sent again to a peer that asks for nothing else. */
const mostLosses = 3

export interface ServerParts {
  readonly world: World
  readonly config: BitswapConfig
  readonly blocks: Pick<Blocks, 'find'>
  readonly limit: RateLimit
  mayServe(peer: string, cid: CID, block: FoundBlock): boolean
}

/** A peer that wants something. */
export class Customer {
  readonly peer: string
  readonly link: Pick<Link, 'send' | 'dropAnswers'>
  readonly ledger: Ledger
  /** Bytes that are read for it, or on the way to it. */
  inFlight = 0
  isGone = false
  /** Counts how often all that it wanted was taken back: what was read for it before is not sent. */
  epoch = 0
  /** The connection on which it last said what it wants. */
  #connection: string | undefined
  /** Blocks that were sent and may not have arrived, the oldest first. */
  readonly #sent: { readonly want: Wanted; readonly bytes: number }[] = []
  #sentBytes = 0
  #losses = 0
  /** Reads end in any order, blocks leave in that of the wants. */
  sending: Promise<void> = Promise.resolve()

  constructor(peer: string, link: Pick<Link, 'send' | 'dropAnswers'>, maxWants: number) {
    this.peer = peer
    this.link = link
    this.ledger = new Ledger(maxWants)
  }

  noted(notes: BitswapNotes, connection?: string): readonly Wanted[] {
    this.#losses = 0
    this.#connection = connection
    if (notes.full) this.forget()
    // So says Kubo of blocks that have come.
    const over = notes.wants.filter(({ cancel }) => cancel).map(({ cid }) => toHex(cid))
    if (over.length > 0) this.#forget(new Set(over))
    return this.ledger.update(notes)
  }

  sent(want: Wanted, bytes: number): void {
    this.#sent.push({ want, bytes })
    this.#sentBytes += bytes
    while (this.#sentBytes > lostBytes || this.#sent.length > mostLost)
      this.#sentBytes -= this.#sent.shift()!.bytes
  }

  /** The stream ended: what was last sent on it is wanted again. */
  lost(): void {
    const wants = this.#sent.splice(0).map(({ want }) => want)
    this.#sentBytes = 0
    if (++this.#losses <= mostLosses) this.ledger.again(wants)
  }

  /** All that it wanted and was sent is of no more interest. */
  forget(): void {
    this.epoch++
    this.#sent.length = 0
    this.#sentBytes = 0
    this.link.dropAnswers()
    this.ledger.clear()
  }

  /** Whether it said what it wants on that connection. */
  askedOn(connection: string): boolean {
    return this.#connection === connection
  }

  #forget(cids: ReadonlySet<string>): void {
    const kept = this.#sent.filter(({ want }) => !cids.has(toHex(want.cid.bytes)))
    this.#sent.splice(0, this.#sent.length, ...kept)
    this.#sentBytes = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

/** What was read for one peer at once. */
interface Batch {
  readonly wanted: readonly Wanted[]
  readonly found: readonly (BlockLoan | undefined)[]
  readonly presences: BitswapPresence[]
  readonly bytes: number
  readonly epoch: number
}

interface OpenWant {
  readonly customer: Customer
  readonly key: string
  readonly wanted: Wanted
}

/** Answers wants: peers take turns, each with a bounded number of bytes on the way. */
export class Server {
  readonly #parts: ServerParts
  /** Those with wants, the next one first. */
  readonly #waiting = new Set<Customer>()
  /** Those who want what is not here. */
  readonly #open = new Set<Customer>()
  #openWants = 0
  /** What came and was not told yet, by multihash in hex; undefined: there may be anything. */
  #arrived: Set<string> | undefined = new Set()
  #telling: Timer | undefined
  #inFlight = 0
  #timer: Timer | undefined
  #isPumping = false
  /** It goes on in another turn. */
  #soon: Timer | undefined
  readonly #stop = new AbortController()

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  noted(customer: Customer, notes: BitswapNotes, connection?: string): void {
    const over = this.#counted(customer, () => customer.noted(notes, connection))
    const presences = over
      .filter(({ sendDontHave }) => sendDontHave)
      .map(({ cid }) => ({ cid: cid.bytes, has: false }))
    // Whoever does not read its answers is not told that it gets none.
    if (customer.inFlight < this.#parts.config.sendBufferBytes) this.#tellOf(customer, presences)
    if (customer.ledger.size === 0) return
    this.#waiting.add(customer)
    this.#pump()
  }

  /** What was last sent to this peer may not have arrived. */
  lost(customer: Customer): void {
    this.#counted(customer, () => customer.lost())
    if (customer.isGone || customer.ledger.size === 0) return
    this.#waiting.add(customer)
    this.#pump()
  }

  /** The connection on which it said what it wants has ended, though there is another one: it may have been restarted, and says again what it wants. */
  cutOff(customer: Customer): void {
    this.#counted(customer, () => customer.forget())
    this.#waiting.delete(customer)
  }

  left(customer: Customer): void {
    customer.isGone = true
    this.#counted(customer, () => customer.ledger.clear())
    this.#waiting.delete(customer)
  }

  /** A block is here now, by its multihash; left out: any may be. Who still wants it is told or given it (Bitswap 1.2.0, "want-have"). */
  arrived(hash?: Uint8Array): void {
    if (this.#open.size === 0 || this.#stop.signal.aborted) return
    if (hash === undefined || (this.#arrived?.size ?? 0) >= mostArrived) this.#arrived = undefined
    else this.#arrived?.add(toHex(hash))
    this.#telling ??= this.#parts.world.after(arrivalMs, () => this.#tell())
  }

  stop(): void {
    this.#stop.abort(new Error('Nobody is served any more.'))
    this.#timer?.cancel()
    this.#soon?.cancel()
    this.#telling?.cancel()
    this.#waiting.clear()
  }

  /** Takes up again what is open and has come. */
  #tell(): void {
    const arrived = this.#arrived
    this.#arrived = new Set()
    this.#telling = undefined
    const open = [...this.#open].flatMap(customer =>
      [...customer.ledger.open()].map(([key, wanted]) => ({ customer, key, wanted })),
    )
    if (arrived === undefined) this.#look(open)
    else this.#answerAll(open.filter(({ key }) => arrived.has(key)))
  }

  /** Some in each turn: it may be very many. */
  #look(open: readonly OpenWant[]): void {
    const [now, later] = [open.slice(0, looksPerTurn), open.slice(looksPerTurn)]
    const isHere = ({ customer, wanted }: OpenWant): boolean =>
      !customer.isGone && this.#findFor(customer, wanted.cid) !== undefined
    this.#answerAll(now.filter(isHere))
    if (later.length === 0) return
    this.#parts.world.after(0, () => {
      if (!this.#stop.signal.aborted) this.#look(later)
    })
  }

  #answerAll(open: readonly OpenWant[]): void {
    for (const { customer, key } of open)
      if (this.#counted(customer, () => customer.ledger.arrived(key))) this.#waiting.add(customer)
    this.#pump()
  }

  /** Does something that may change what is open, and keeps count: beyond the bound whoever has most loses what is oldest. */
  #counted<T>(customer: Customer, action: () => T): T {
    const before = customer.ledger.openSize
    const result = action()
    this.#openWants += customer.ledger.openSize - before
    if (customer.ledger.openSize > 0) this.#open.add(customer)
    else this.#open.delete(customer)
    while (this.#openWants > this.#parts.config.maxOpenWants) this.#forgetOne()
    return result
  }

  #forgetOne(): void {
    let most: Customer | undefined
    for (const customer of this.#open)
      if (most === undefined || customer.ledger.openSize > most.ledger.openSize) most = customer
    most?.ledger.forgetOldest()
    this.#openWants--
    if (most?.ledger.openSize === 0) this.#open.delete(most)
  }

  #pump(): void {
    if (this.#isPumping || this.#soon !== undefined || this.#stop.signal.aborted) return
    this.#isPumping = true
    let left = looksPerTurn
    for (let looks = 1; looks > 0 && left > 0; left -= looks) looks = this.#serveNext()
    this.#isPumping = false
    if (left > 0) return
    this.#soon = this.#parts.world.after(0, () => {
      this.#soon = undefined
      this.#pump()
    })
  }

  /** Serves one batch to the first peer that there is room for, which then is the last in turn. Answers how many wants were looked at. */
  #serveNext(): number {
    const { world, config, limit } = this.#parts
    if (this.#waiting.size === 0) return 0
    const waitMs = limit.waitMs(world.now())
    if (waitMs > 0) {
      this.#timer ??= world.after(waitMs, () => {
        this.#timer = undefined
        this.#pump()
      })
      return 0
    }
    // Some who take nothing of what they asked for must not leave nothing to others: who has nothing on the way gets a batch at any time.
    const most = this.#inFlight < config.maxSendBufferBytes ? config.sendBufferBytes : 1
    for (const customer of this.#waiting) {
      if (customer.inFlight >= most) continue
      this.#waiting.delete(customer)
      const before = customer.ledger.size
      this.#serve(customer)
      if (customer.ledger.size > 0) this.#waiting.add(customer)
      return Math.max(1, before - customer.ledger.size)
    }
    return 0
  }

  #serve(customer: Customer): void {
    const { limit } = this.#parts
    const presences: BitswapPresence[] = []
    const wanted: Wanted[] = []
    const blocks: FoundBlock[] = []
    let bytes = 0
    for (let count = 0; count < batchAnswers && bytes < batchBytes; count++) {
      const next = customer.ledger.peek()
      if (next === undefined) break
      const block = this.#findFor(customer, next.cid)
      const has = block !== undefined
      if (has && next.type === 'block' && bytes > 0 && bytes + block.size > batchBytes) break
      customer.ledger.take()
      if (has && next.type === 'block') {
        wanted.push(next)
        blocks.push(block)
        bytes += block.size
      } else if (has || next.sendDontHave) presences.push({ cid: next.cid.bytes, has })
      if (!has) this.#counted(customer, () => customer.ledger.leaveOpen(next))
    }
    if (wanted.length === 0) {
      this.#tellOf(customer, presences)
      return
    }
    limit.spend(bytes)
    bytes += presences.length * answerBytes
    this.#account(customer, bytes)
    const { epoch } = customer
    const read = Promise.all(blocks.map(block => this.#read(block)))
    customer.sending = Promise.all([read, customer.sending]).then(([found]) =>
      this.#send(customer, { wanted, found, presences, bytes, epoch }),
    )
  }

  #tellOf(customer: Customer, presences: readonly BitswapPresence[]): void {
    if (presences.length === 0) return
    const bytes = presences.length * answerBytes
    this.#account(customer, bytes)
    customer.link.send({ presences }, () => this.#sent(customer, bytes))
  }

  /** So much of what waited for a peer needs no memory any more. */
  #sent(customer: Customer, bytes: number): void {
    this.#account(customer, -bytes)
    this.#pump()
  }

  /** A block that this peer may have, and that others take. */
  #findFor({ peer }: Customer, cid: CID): FoundBlock | undefined {
    const { blocks, config, mayServe } = this.#parts
    const block = blocks.find(cid)
    if (block === undefined || block.size > config.maxBlockBytes) return undefined
    return mayServe(peer, cid, block) ? block : undefined
  }

  /** Memory of its own for each block would cost more, to make and to collect, than all else that is done with it. */
  async #read(block: FoundBlock): Promise<BlockLoan | undefined> {
    try {
      return await block.loan({ signal: this.#stop.signal })
    } catch {
      // Whoever asks learns only that it cannot be had here; the store tells the user.
      return undefined
    }
  }

  #send(customer: Customer, { wanted, found, presences, bytes, epoch }: Batch): void {
    const released = (): void => {
      for (const loan of found) loan?.release()
      this.#sent(customer, bytes)
    }
    if (customer.isGone || customer.epoch !== epoch) {
      released()
      return
    }
    const blocks: { prefix: Uint8Array; data: Uint8Array }[] = []
    for (const [at, want] of wanted.entries()) {
      const { cid, sendDontHave } = want
      const loan = found[at]
      if (loan !== undefined) {
        blocks.push({ prefix: prefixOf(cid), data: loan.block.bytes })
        customer.sent(want, loan.block.bytes.length)
      }
      if (loan === undefined && sendDontHave) presences.push({ cid: cid.bytes, has: false })
    }
    customer.ledger.sentBytes += blocks.reduce((sum, { data }) => sum + data.length, 0)
    customer.link.send({ blocks, presences }, released)
  }

  #account(customer: Customer, bytes: number): void {
    customer.inFlight += bytes
    this.#inFlight += bytes
  }
}
