import type { KeyValue } from '../../access/index.ts'
import { fromHex, PeerageError, type Timer, toHex, type World } from '../../base/index.ts'
import { ToldAddresses } from './told-addresses.ts'

export interface ProvidingParts {
  readonly world: World
  readonly state: KeyValue
  readonly intervalMs: number
  readonly maxKeys: number
  /** Whether a key is announced when it is its turn; it stays, and may be later. All are when left out. */
  mayAnnounce?(key: Uint8Array): boolean
  /** Announces once. Resolves to how many peers were told. */
  announce(key: Uint8Array, signal: AbortSignal): Promise<number>
}

/** Kind under which each key stands with when it was last announced (World.wallTime(); 0: never). */
const kind = 'ipfs-provided'
/** So many at once; so many may begin at once after a pause. */
const atOnce = 2
const burst = 16
/** After a failure everything waits, and longer each time: it is the network that is away, not the key. */
const firstPauseMs = 30_000
const longestPauseMs = 900_000

/**
 * Announces keys (multihashes) again and again, each once in an interval. They go at a steady rate, twice what is needed to keep all of
 * them announced, so that neither thousands that are added at once nor all that fell due while the peer was off come as a burst. What was
 * announced last comes last, in memory as on disk, so that a restart neither repeats nor forgets one.
 */
export class Providing {
  readonly #parts: ProvidingParts
  /** By key in hex; in the order in which they are due: when each was last announced, 0 for never. */
  readonly #keys: Map<string, number>
  /** Never announced, or wanted at once: they go first. */
  readonly #fresh = new Set<string>()
  readonly #running = new Set<string>()
  readonly #stop = new AbortController()
  readonly #told: ToldAddresses
  #timer: Timer | undefined
  #tokens = burst
  #refilledAt: number
  #failures = 0
  #pausedUntil = Number.NEGATIVE_INFINITY
  #isStarted = false

  constructor(parts: ProvidingParts) {
    this.#parts = parts
    const { world, state, intervalMs } = parts
    this.#told = new ToldAddresses({ world, state, keepMs: 2 * intervalMs })
    this.#refilledAt = parts.world.now()
    const kept = [...parts.state.entries(kind)].flatMap(([name, at]) =>
      keptOf(name, at, parts.world.wallTime()),
    )
    kept.sort((a, b) => a[1] - b[1])
    this.#keys = new Map(kept.slice(0, parts.maxKeys))
    for (const [name, at] of this.#keys) if (at === 0) this.#fresh.add(name)
  }

  get size(): number {
    return this.#keys.size
  }

  /** Those that stand with others now. */
  get announced(): number {
    const since = this.#parts.world.wallTime() - 2 * this.#parts.intervalMs
    let count = 0
    for (const at of this.#keys.values()) if (at > since) count++
    return count
  }

  /** World.wallTime() of when a key was announced last, 0 for never; undefined: it is not to be. */
  announcedAt(key: Uint8Array): number | undefined {
    return this.#keys.get(toHex(key))
  }

  /** Begins: nothing is announced before. */
  start(): void {
    this.#isStarted = true
    this.#next()
  }

  /** Kept when it returns. Throws `network.limit`. */
  add(key: Uint8Array): void {
    const name = toHex(key)
    if (this.#keys.has(name)) return
    const { maxKeys, state } = this.#parts
    if (this.#keys.size >= maxKeys)
      throw new PeerageError(
        'network.limit',
        `${maxKeys} roots are announced in the IPFS network already (ipfsRouting.maxProvided).`,
      )
    state.put(kind, name, 0)
    this.#keys.set(name, 0)
    this.#fresh.add(name)
    this.#next()
  }

  remove(key: Uint8Array): void {
    const name = toHex(key)
    if (!this.#keys.delete(name)) return
    this.#fresh.delete(name)
    this.#parts.state.delete(kind, name)
  }

  /** Removes all others. */
  keepOnly(keys: readonly Uint8Array[]): void {
    const kept = new Set(keys.map(toHex))
    for (const name of [...this.#keys.keys()]) if (!kept.has(name)) this.remove(fromHex(name))
  }

  /** Our addresses are these now: what was announced without one of them is announced anew, at the usual pace. */
  addressesAre(addresses: readonly string[]): void {
    this.#told.are(addresses)
    this.#next()
  }

  /** One that somebody wants to be announced at once, whenever that was done last; nothing when it is not announced at all. */
  hurry(key: Uint8Array): void {
    const name = toHex(key)
    if (!this.#keys.has(name)) return
    this.#fresh.add(name)
    // However many were hurried before.
    this.#tokens = Math.max(1, this.#tokens)
    this.retry()
  }

  /** There is somebody to tell now: what failed is not waited for any longer. */
  retry(): void {
    this.#failures = 0
    this.#pausedUntil = Number.NEGATIVE_INFINITY
    this.#next()
  }

  stop(): void {
    this.#stop.abort(new Error('The network stops.'))
    this.#timer?.cancel()
  }

  /** Lets those begin that are due and may, and comes back when the next one is. */
  #next(): void {
    if (!this.#isStarted || this.#stop.signal.aborted) return
    this.#timer?.cancel()
    this.#timer = undefined
    for (;;) {
      const due = this.#running.size >= atOnce ? undefined : this.#first()
      if (due === undefined) return
      const waitMs = Math.max(due.inMs, this.#paceMs())
      if (waitMs > 0) {
        this.#timer = this.#parts.world.after(Math.ceil(waitMs), () => this.#next())
        return
      }
      this.#tokens--
      void this.#run(due.name)
    }
  }

  /** Who is next, and in how long. */
  #first(): { readonly name: string; readonly inMs: number } | undefined {
    const { world, intervalMs } = this.#parts
    for (const name of this.#fresh) if (this.#mayRun(name)) return { name, inMs: 0 }
    const lacking = this.#firstLacking()
    if (lacking !== undefined) return { name: lacking, inMs: 0 }
    for (const [name, at] of this.#keys) {
      if (at === 0 || !this.#mayRun(name)) continue
      const dueAt = at + intervalMs
      return { name, inMs: Math.min(intervalMs, Math.max(0, dueAt - world.wallTime())) }
    }
    return undefined
  }

  /** One that stands with others without all of our addresses. */
  #firstLacking(): string | undefined {
    if (this.#told.isComplete) return undefined
    let isAny = false
    for (const [name, at] of this.#keys) {
      if (at === 0 || !this.#told.lacks(at)) continue
      if (this.#mayRun(name)) return name
      isAny = true
    }
    if (!isAny) this.#told.settled()
    return undefined
  }

  #mayRun(name: string): boolean {
    return !this.#running.has(name) && this.#parts.mayAnnounce?.(fromHex(name)) !== false
  }

  /** For how long none may begin. */
  #paceMs(): number {
    const { world, intervalMs } = this.#parts
    const now = world.now()
    const gapMs = intervalMs / (2 * Math.max(1, this.#keys.size))
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#refilledAt) / gapMs)
    this.#refilledAt = now
    const enoughMs = this.#tokens >= 1 ? 0 : (1 - this.#tokens) * gapMs
    return Math.max(enoughMs, this.#pausedUntil - now)
  }

  async #run(name: string): Promise<void> {
    const { world, announce } = this.#parts
    this.#running.add(name)
    const told = await announce(fromHex(name), this.#stop.signal).catch(() => 0)
    this.#running.delete(name)
    if (this.#stop.signal.aborted) return
    if (told > 0) this.#done(name)
    else this.#pausedUntil = world.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures++)
    this.#next()
  }

  #done(name: string): void {
    this.#failures = 0
    if (!this.#keys.delete(name)) return
    const at = this.#parts.world.wallTime()
    this.#keys.set(name, at)
    this.#fresh.delete(name)
    this.#parts.state.put(kind, name, at)
  }
}

/** A time in the future is of a clock that was set back since: then it is due. */
function keptOf(name: string, at: unknown, now: number): [string, number][] {
  if (!/^(?:[0-9a-f]{2}){2,80}$/.test(name)) return []
  return [[name, typeof at === 'number' && at >= 0 && at <= now ? at : 0]]
}
