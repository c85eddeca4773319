import { PeerageError } from '../../base/index.ts'
import { formatName, type Name, type NameTarget, parseName, type Resolved } from '../../content/index.ts'
import { orAborted } from '../../network/index.ts'
import { dnsLinkOf } from './dns-link.ts'
import { markOf, type NameMemory } from './kept-names.ts'
import { lookUp } from './look-up.ts'
import { refused } from './opened-record.ts'
import type { IpfsNamesParts } from './ports.ts'

/** One name looked up; times are those of World.wallTime(). */
interface Step {
  readonly target: NameTarget
  readonly sequence?: bigint
  readonly validUntil: number
  readonly freshUntil: number
}

/** The Mainline DHT forgets after two hours (BEP 44). */
const pointerMs = 7_200_000

/** What names point at, over one another. */
export class NameResolver {
  readonly #parts: IpfsNamesParts
  readonly #memory: NameMemory
  /** By name; the least recent first. */
  readonly #cache = new Map<string, Step>()

  constructor(parts: IpfsNamesParts, memory: NameMemory) {
    this.#parts = parts
    this.#memory = memory
  }

  /** It is asked for again. */
  forget(name: string): void {
    this.#cache.delete(name)
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
      this.#parts.refuse?.(at, namesIn(rest))
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
    this.#parts.refuse?.(name, [])
    const { record, problem } = await lookUp(this.#parts, this.#memory, formatName(name.multihash), signal)
    if (record === undefined) throw problem ?? new PeerageError('name.unknown')
    const { world, config } = this.#parts
    const left = record.validUntil - world.wallTime()
    return { bytes: record.bytes, freshMs: Math.max(0, Math.min(record.ttlMs, config.maxTtlMs, left)) }
  }

  async #step(name: string, at: Name, signal: AbortSignal): Promise<Step> {
    const now = this.#parts.world.wallTime()
    const cached = this.#cache.get(name)
    if (cached !== undefined && cached.freshUntil > now && cached.validUntil > now) return cached
    const step = at.kind === 'domain' ? await this.#domain(at.domain, signal) : await this.#key(name, signal)
    this.#cache.delete(name)
    this.#cache.set(name, step)
    if (this.#cache.size > this.#parts.config.maxKnown) this.#cache.delete(this.#cache.keys().next().value!)
    return step
  }

  async #domain(domain: string, signal: AbortSignal): Promise<Step> {
    // Whoever looks it up cannot be stopped, but need not be waited for.
    const found = dnsLinkOf(domain, host => this.#parts.texts(host))
    const { path, ttlMs } = await orAborted(found, signal)
    const until = this.#parts.world.wallTime() + Math.min(ttlMs, this.#parts.config.maxTtlMs)
    return { target: { path }, validUntil: until, freshUntil: until }
  }

  async #key(name: string, signal: AbortSignal): Promise<Step> {
    const { world, config } = this.#parts
    const { record, pointer, problem } = await lookUp(this.#parts, this.#memory, name, signal)
    const now = world.wallTime()
    const pointed = pointer && {
      target: pointer,
      sequence: pointer.sequence,
      validUntil: now + pointerMs,
      ttlMs: config.ttlMs,
    }
    // The record says more, and until when it holds; but it may be an old one that somebody keeps up.
    const isAhead = pointed !== undefined && (record === undefined || pointed.sequence > record.sequence)
    const found = isAhead ? pointed : record
    if (found === undefined) throw problem ?? new PeerageError('name.unknown')
    this.#memory.see(name, { ...found, mark: isAhead ? undefined : markOf(found.target) })
    const { path, infoHash } = found.target
    return {
      target: { ...(path !== undefined && { path }), ...(infoHash && { infoHash }) },
      sequence: found.sequence,
      validUntil: found.validUntil,
      freshUntil: Math.min(found.validUntil, now + Math.min(found.ttlMs, config.maxTtlMs)),
    }
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter(name => name !== '')
}

/** What a record leads on to was written by somebody else. */
function parsed(path: string): Name {
  try {
    return parseName(path)
  } catch (cause) {
    throw new PeerageError('name.refused', 'The name leads on to something that is no name.', { cause })
  }
}
