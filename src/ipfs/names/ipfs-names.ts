import type { KeyValue } from '../../access/index.ts'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import {
  formatName,
  keyOfName,
  type Name,
  type Names,
  type NameTarget,
  nameOfKey,
  type Published,
  parseName,
  type Resolved,
} from '../../content/index.ts'
import type { DnsTexts } from '../../network/index.ts'
import { decodeIpnsRecord, encodeIpnsRecord } from '../../wire/index.ts'
import type { RecordRouting } from '../routing/index.ts'
import type { IpfsNamesConfig } from './config.ts'
import { dnsLinkOf } from './dns-link.ts'
import { type KeptName, NameMemory } from './kept-names.ts'
import { compareRecords, type OpenedRecord, openRecord } from './opened-record.ts'
import { recordOf, targetOf } from './record-target.ts'

/** A key of ours that a name is. */
export interface NameKey {
  /** How it is called here. */
  readonly name: string
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** Keeps the keys of this peer; the one of its identity when none is named. Rejects with `name.key-unknown` and what unlocking rejects with. */
export interface NameKeys {
  open(name: string | undefined): Promise<NameKey>
}

/** What a name points at in another network, under the same key. */
export interface Pointer extends NameTarget {
  readonly sequence: bigint
}

/** The same names in another network, the Mainline DHT (BEP 46). Both reject when that network is not there. */
export interface Pointers {
  get(publicKey: Uint8Array, signal: AbortSignal): Promise<Pointer | undefined>
  /** How many nodes took it; they are given it again as long as this peer runs. */
  put(key: NameKey, pointer: Pointer, signal: AbortSignal): Promise<number>
}

export interface IpfsNamesParts {
  readonly world: World
  readonly config: IpfsNamesConfig
  readonly state: KeyValue
  readonly routing: RecordRouting
  readonly keys: NameKeys
  readonly pointers?: Pointers
  /** Texts under a DNS name. */
  texts(host: string): Promise<DnsTexts>
}

/** A name of ours that points somewhere. */
export interface OwnName extends NameTarget {
  readonly name: string
  readonly key: string
  readonly sequence: bigint
  /** World.wallTime(); `putAt` is 0 while nobody took it. */
  readonly validUntil: number
  readonly putAt: number
}

/** One name looked up; times are those of World.wallTime(). */
interface Step {
  readonly target: NameTarget
  readonly sequence?: bigint
  readonly validUntil: number
  readonly freshUntil: number
}

const nanosPerMs = 1_000_000n
/** Numbers of BEP 44 are signed. */
const highestSequence = 2n ** 63n - 1n
const checkMs = 60_000
const retryMs = 600_000
/** The Mainline DHT forgets after two hours (BEP 44). */
const pointerMs = 7_200_000

/**
 * Names in the IPFS network (IPNS) and, under the same keys, in the Mainline DHT. What others keep is believed when the owner's key
 * signed it, it has not expired, and no newer one was seen.
 */
export class IpfsNames implements Names {
  readonly #parts: IpfsNamesParts
  readonly #memory: NameMemory
  /** By name; the least recent first. */
  readonly #cache = new Map<string, Step>()
  readonly #stop = new AbortController()
  /** Names that nobody took, and when the next try is (World.now()). */
  readonly #failed = new Map<string, number>()
  /** Pointers that the other network has of this run. */
  readonly #pointed = new Set<string>()
  #timer: Timer | undefined
  #renewing: Promise<void> | undefined

  constructor(parts: IpfsNamesParts) {
    this.#parts = parts
    this.#memory = new NameMemory(parts.state, parts.config.maxKnown)
  }

  /** Puts what is ours again when it is due, from now on. */
  start(): void {
    if (this.#timer !== undefined || this.#stop.signal.aborted) return
    this.#timer = this.#parts.world.every(checkMs, () => void this.renew())
    void this.renew()
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#stop.abort(new Error('The network stops.'))
    await this.#renewing
  }

  /** Whether there is anything to be put again. */
  get hasOwn(): boolean {
    return !this.#memory.all()[Symbol.iterator]().next().done
  }

  own(): OwnName[] {
    return [...this.#memory.all()].flatMap(([name, { record, key, putAt }]) => {
      const said = saidBy(record)
      return said === undefined ? [] : [{ name, key, putAt, ...said }]
    })
  }

  /** Puts a name of ours no more; what others keep of it expires. */
  forget(name: string): void {
    this.#memory.forget(name)
  }

  async resolve(text: string, signal: AbortSignal): Promise<Resolved> {
    const names: string[] = []
    let at = parseName(text)
    let rest = ''
    let [validUntil, freshUntil] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (;;) {
      const name = at.kind === 'key' ? formatName(at.multihash) : at.domain
      if (names.includes(name)) throw refused(`it leads back to itself over ${names.join(', ')}`)
      if (names.length >= this.#parts.config.maxDepth) throw refused('it leads over too many other names')
      names.push(name)
      rest = at.path + rest
      const step = await this.#step(name, at, signal)
      validUntil = Math.min(validUntil, step.validUntil)
      freshUntil = Math.min(freshUntil, step.freshUntil)
      const { path, infoHash } = step.target
      if (path?.startsWith('/ipns/') === true) {
        at = parsed(path)
        continue
      }
      return {
        names,
        validUntil,
        freshUntil,
        ...(path !== undefined && { path: path + rest }),
        ...(infoHash && { infoHash }),
        ...(step.sequence !== undefined && { sequence: step.sequence }),
      }
    }
  }

  /** The newest record of a key as it was signed, and until when it need not be asked for again, in ms. Rejects like `resolve`. */
  async record(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly freshMs: number }> {
    const name = parseName(text)
    if (name.kind !== 'key') throw new PeerageError('name.unknown', 'A domain has no record of that kind.')
    const { record, problem } = await this.#look(
      keyOfName(name.multihash),
      formatName(name.multihash),
      signal,
    )
    if (record === undefined) throw problem ?? new PeerageError('name.unknown')
    const { world, config } = this.#parts
    const left = record.validUntil - world.wallTime()
    return { bytes: record.bytes, freshMs: Math.max(0, Math.min(record.ttlMs, config.maxTtlMs, left)) }
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
    this.#memory.see(name, said)
    this.#cache.delete(name)
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

  /** With a new end, and the same number; with what another device published meanwhile, if that is newer. */
  async #renewOne(name: string, kept: KeptName): Promise<void> {
    const { keys, world } = this.#parts
    const key = await keys.open(kept.key)
    if (nameOfKey(key.publicKey) !== name) throw new TypeError('The key belongs to another name.')
    const { record: found } = await this.#look(key.publicKey, name, this.#stop.signal)
    const own = saidBy(kept.record)
    const newest = found !== undefined && (own === undefined || found.sequence > own.sequence) ? found : own
    if (newest === undefined) return this.forget(name)
    const target = 'target' in newest ? newest.target : newest
    const { sequence } = newest
    const record = this.#made(key, target, sequence)
    this.#memory.keep(name, { ...kept, record })
    this.#memory.see(name, this.#opened(name, record))
    this.#cache.delete(name)
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
    const { record, pointer } = await this.#look(key.publicKey, name, signal)
    const known = [
      kept && saidBy(kept.record)?.sequence,
      this.#memory.seen(name)?.sequence,
      record?.sequence,
      pointer?.sequence,
    ]
    return known.reduce<bigint>((most, one) => (one !== undefined && one > most ? one : most), 0n)
  }

  async #step(name: string, at: Name, signal: AbortSignal): Promise<Step> {
    const now = this.#parts.world.wallTime()
    const cached = this.#cache.get(name)
    if (cached !== undefined && cached.freshUntil > now && cached.validUntil > now) return cached
    const step =
      at.kind === 'domain' ? await this.#domain(at.domain) : await this.#key(name, at.multihash, signal)
    this.#cache.delete(name)
    this.#cache.set(name, step)
    if (this.#cache.size > this.#parts.config.maxKnown) this.#cache.delete(this.#cache.keys().next().value!)
    return step
  }

  async #domain(domain: string): Promise<Step> {
    const { path, ttlMs } = await dnsLinkOf(domain, host => this.#parts.texts(host))
    const until = this.#parts.world.wallTime() + Math.min(ttlMs, this.#parts.config.maxTtlMs)
    return { target: { path }, validUntil: until, freshUntil: until }
  }

  async #key(name: string, multihash: Uint8Array, signal: AbortSignal): Promise<Step> {
    const { world, config } = this.#parts
    const { record, pointer, problem } = await this.#look(keyOfName(multihash), name, signal)
    const now = world.wallTime()
    const found =
      record ??
      (pointer && {
        target: pointer,
        sequence: pointer.sequence,
        validUntil: now + pointerMs,
        ttlMs: config.ttlMs,
      })
    if (found === undefined) throw problem ?? new PeerageError('name.unknown')
    const seen = this.#memory.seen(name)
    // What has expired is gone: its owner may have lost count with everything else.
    if (seen !== undefined && found.sequence < seen.sequence && seen.validUntil > now)
      throw refused('a newer one was seen before, and still holds')
    if (record !== undefined) this.#memory.see(name, record)
    const { path, infoHash } = found.target
    return {
      target: { ...(path !== undefined && { path }), ...(infoHash && { infoHash }) },
      sequence: found.sequence,
      validUntil: found.validUntil,
      freshUntil: Math.min(found.validUntil, now + Math.min(found.ttlMs, config.maxTtlMs)),
    }
  }

  /** Asks both networks: the newest valid record, what is kept here included, and the pointer. `problem`: why others were refused. */
  async #look(
    publicKey: Uint8Array | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<{ record?: OpenedRecord; pointer?: Pointer; problem?: PeerageError }> {
    const { world, config, routing, pointers } = this.#parts
    const multihash = multihashOf(name)
    const limit = new AbortController()
    const timers = [world.after(config.resolveMs, () => limit.abort(new Error('It takes too long.')))]
    const both = AbortSignal.any([signal, limit.signal])
    const asked: Promise<Pointer | undefined> =
      (publicKey && pointers?.get(publicKey, both).catch(() => undefined)) ?? Promise.resolve(undefined)
    const problems: PeerageError[] = []
    let best: OpenedRecord | undefined
    const hear = (bytes: Uint8Array): void => {
      try {
        const opened = openRecord(multihash, bytes, world.wallTime())
        if (best === undefined || comparedBySequence(opened, best) < 0) best = opened
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
        problems.push(error.code === 'name.refused' ? error : refused('it is malformed'))
      }
    }
    const kept = this.#memory.kept(name)
    if (kept !== undefined) hear(kept.record)
    problems.length = 0
    try {
      for await (const bytes of routing.getRecords(multihash, both)) {
        hear(bytes)
        if (best !== undefined && timers.length < 2)
          timers.push(world.after(config.patienceMs, () => limit.abort(new Error('Enough was waited.'))))
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!limit.signal.aborted) throw error
    }
    // Who has a record waits no longer for the other network than for others in the first.
    if (best !== undefined && timers.length < 2)
      timers.push(world.after(config.patienceMs, () => limit.abort(new Error('Enough was waited.'))))
    const pointer = await Promise.race([asked, aborted(both)])
    for (const timer of timers) timer.cancel()
    signal.throwIfAborted()
    const [problem] = problems
    return { ...(best && { record: best }), ...(pointer && { pointer }), ...(problem && { problem }) }
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}

function comparedBySequence(a: OpenedRecord, b: OpenedRecord): number {
  const nanos = ({ sequence, validUntil }: OpenedRecord) => ({
    sequence,
    validUntil: BigInt(Math.floor(validUntil)),
  })
  return compareRecords(nanos(a), nanos(b))
}

function multihashOf(name: string): Uint8Array {
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new TypeError('The name is not that of a key.')
  return parsed.multihash
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

/** What a record leads on to was written by somebody else. */
function parsed(path: string): Name {
  try {
    return parseName(path)
  } catch (cause) {
    throw new PeerageError('name.refused', 'The name leads on to something that is no name.', { cause })
  }
}

function refused(why: string): PeerageError {
  return new PeerageError('name.refused', `This name is refused: ${why}.`)
}
