import { PeerageError, type Timer } from '../../base/index.ts'
import { type NameTarget, nameOfKey, type Published } from '../../content/index.ts'
import { decodeIpnsRecord, encodeIpnsRecord } from '../../wire/index.ts'
import { type KeptName, markOf, type NameMemory } from './kept-names.ts'
import { type Found, lookUp } from './look-up.ts'
import { multihashOf, type OpenedRecord, openRecord, refused } from './opened-record.ts'
import type { IpfsNamesParts, NameKey, OwnName, Pointer } from './ports.ts'
import { recordOf, targetOf } from './record-target.ts'

const nanosPerMs = 1_000_000n
/** Numbers of BEP 44 are signed. */
const highestSequence = 2n ** 63n - 1n
const checkMs = 60_000
const retryMs = 600_000

/** Names of ours: what they point at is published, and put again as long as this peer runs. */
export class OwnNames {
  readonly #parts: IpfsNamesParts
  readonly #memory: NameMemory
  readonly #changed: (name: string) => void
  readonly #stop = new AbortController()
  /** Names that nobody took, and when the next try is (World.now()). */
  readonly #failed = new Map<string, number>()
  /** Pointers that the other network has of this run. */
  readonly #pointed = new Set<string>()
  #timer: Timer | undefined
  #unsubscribe: (() => void) | undefined
  #renewing: Promise<void> | undefined

  /** `changed`: what a name of ours points at is something else now. */
  constructor(parts: IpfsNamesParts, memory: NameMemory, changed: (name: string) => void) {
    this.#parts = parts
    this.#memory = memory
    this.#changed = changed
  }

  /** Puts what is ours again when it is due, from now on. */
  start(): void {
    if (this.#timer !== undefined || this.#stop.signal.aborted) return
    const { world, routing } = this.#parts
    this.#timer = world.every(checkMs, () => void this.renew())
    this.#unsubscribe = routing.onEntered?.(() => void this.#retry())
    void this.renew()
  }

  /** Whoever was not there before takes what nobody took. */
  async #retry(): Promise<void> {
    await this.#renewing
    this.#failed.clear()
    if (!this.#stop.signal.aborted) await this.renew()
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#unsubscribe?.()
    this.#stop.abort(new Error('The network stops.'))
    await this.#renewing
  }

  /** Whether there is anything to be put again. */
  get hasAny(): boolean {
    return !this.#memory.all()[Symbol.iterator]().next().done
  }

  all(): OwnName[] {
    return [...this.#memory.all()].flatMap(([name, { record, key, putAt }]) => {
      const said = saidBy(record)
      return said === undefined ? [] : [{ name, key, putAt, ...said }]
    })
  }

  /** Puts a name of ours no more; what others keep of it expires. */
  forget(name: string): void {
    this.#memory.forget(name)
  }

  async publish(
    target: NameTarget,
    { key: wanted, signal }: { readonly key?: string | undefined; readonly signal: AbortSignal },
  ): Promise<Published> {
    // What cannot be written is refused before anybody is asked.
    recordOf(target)
    const key = await this.#parts.keys.open(wanted)
    const sequence = (await this.#highest(key, signal)) + 1n
    if (sequence > highestSequence)
      throw refused('it has the highest number that there is, so nothing can replace it; make another key')
    const name = nameOfKey(key.publicKey)
    const record = this.#made(key, target, sequence)
    this.#memory.keep(name, { record, key: key.name, putAt: 0 })
    const said = this.#opened(name, record)
    this.#memory.see(name, { ...said, mark: markOf(target) })
    this.#changed(name)
    this.start()
    const taken = await this.#put(name, key, { ...target, sequence }, record, signal)
    if (taken.peers + taken.servers + taken.nodes === 0)
      throw new PeerageError(
        'network.unreachable',
        'Nobody could be given the record now; it is kept here, and put as soon as somebody takes it.',
      )
    return { name, sequence, validUntil: said.validUntil, ...target, ...taken }
  }

  /** Puts again what is due; after a start, too, what the other network forgets sooner. For tests: resolves when it is done. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renewAll().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renewAll(): Promise<void> {
    const { world, config } = this.#parts
    for (const [name, kept] of [...this.#memory.all()]) {
      if (this.#stop.signal.aborted) return
      if ((this.#failed.get(name) ?? 0) > world.now()) continue
      const sinceMs = world.wallTime() - kept.putAt
      // A clock that was set back makes it due.
      const isDue = sinceMs < 0 || sinceMs >= config.republishMs
      try {
        if (isDue) await this.#renewOne(name, kept)
        else if (!this.#pointed.has(name)) await this.#pointAgain(name, kept)
      } catch {
        this.#failed.set(name, world.now() + retryMs)
      }
    }
  }

  /**
   * With a new end, and the same number; with what another device published meanwhile, if that is newer. When it published at the same time,
   * under the same number, the next number says which of the two holds.
   */
  async #renewOne(name: string, kept: KeptName): Promise<void> {
    const { keys, world } = this.#parts
    const key = await keys.open(kept.key)
    if (nameOfKey(key.publicKey) !== name) throw new TypeError('The key belongs to another name.')
    const { record: found, pointer, isDisputed } = await this.#look(name, this.#stop.signal)
    const own = saidBy(kept.record)
    const newest = [found && { ...found.target, sequence: found.sequence }, pointer].reduce<
      Pointer | undefined
    >(
      (best, one) => (one !== undefined && (best === undefined || one.sequence > best.sequence) ? one : best),
      own,
    )
    if (newest === undefined) return this.forget(name)
    const { sequence: number, path, infoHash } = newest
    const target = { ...(path !== undefined && { path }), ...(infoHash && { infoHash }) }
    const sequence = isDisputed && newest === own ? number + 1n : number
    const record = this.#made(key, target, sequence)
    this.#memory.keep(name, { ...kept, record })
    this.#memory.see(name, { ...this.#opened(name, record), mark: markOf(target) })
    this.#changed(name)
    const taken = await this.#put(name, key, { ...target, sequence }, record, this.#stop.signal)
    if (taken.peers + taken.servers + taken.nodes === 0) this.#failed.set(name, world.now() + retryMs)
  }

  async #pointAgain(name: string, { key: called, record }: KeptName): Promise<void> {
    const { keys, pointers } = this.#parts
    const said = saidBy(record)
    if (pointers === undefined || said === undefined) return
    const key = await keys.open(called)
    if ((await pointers.put(key, said, this.#stop.signal)) > 0) this.#pointed.add(name)
  }

  async #put(
    name: string,
    key: NameKey,
    pointer: Pointer,
    record: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ peers: number; servers: number; nodes: number }> {
    const { routing, pointers, world } = this.#parts
    const [taken, nodes] = await Promise.all([
      routing.putRecord(multihashOf(name), record, signal),
      pointers?.put(key, pointer, signal).catch(() => 0) ?? 0,
    ])
    signal.throwIfAborted()
    if (nodes > 0) this.#pointed.add(name)
    if (taken.peers + taken.servers + nodes > 0) {
      this.#failed.delete(name)
      this.#memory.keep(name, { record, key: key.name, putAt: world.wallTime() })
    }
    return { ...taken, nodes }
  }

  #made(key: NameKey, target: NameTarget, sequence: bigint): Uint8Array {
    const { world, config } = this.#parts
    const validUntil = BigInt(Math.floor(world.wallTime() + config.validityMs)) * nanosPerMs
    const ttl = BigInt(config.ttlMs) * nanosPerMs
    return encodeIpnsRecord({ ...recordOf(target), validUntil, sequence, ttl }, message => key.sign(message))
  }

  #opened(name: string, record: Uint8Array): OpenedRecord {
    return openRecord(multihashOf(name), record, this.#parts.world.wallTime())
  }

  /** The highest number that is known of a key, here or anywhere: what was restored must not begin anew. */
  async #highest(key: NameKey, signal: AbortSignal): Promise<bigint> {
    const name = nameOfKey(key.publicKey)
    const kept = this.#memory.kept(name)
    const { record, pointer } = await this.#look(name, signal)
    const known = [
      kept && saidBy(kept.record)?.sequence,
      this.#memory.seen(name)?.sequence,
      record?.sequence,
      pointer?.sequence,
    ]
    return known.reduce<bigint>((most, one) => (one !== undefined && one > most ? one : most), 0n)
  }

  #look(name: string, signal: AbortSignal): Promise<Found> {
    return lookUp(this.#parts, this.#memory, name, signal)
  }
}

/** What a record of ours says; undefined for a damaged one. It may have expired. */
function saidBy(record: Uint8Array): (NameTarget & { sequence: bigint; validUntil: number }) | undefined {
  try {
    const decoded = decodeIpnsRecord(record)
    return {
      ...targetOf(decoded),
      sequence: decoded.sequence,
      validUntil: Number(decoded.validUntil / nanosPerMs),
    }
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
