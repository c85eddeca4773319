import { IpRanges, PeerageError, parseCidr, type World, z } from '../base/index.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { KeyValue } from './records.ts'

/** Whom the user does not want to hear of: a peer by its PeerId, public peers by an IP address or a range of them (CIDR). */
export interface Ban {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly since: number
}

const kind = 'access.ban'
const schema = z.object({ since: z.number() })

/** The bans of this user, for all contents, kept on disk until they are lifted. Asked for every connection: answers from memory. */
export class Bans {
  readonly #world: World
  readonly #state: KeyValue
  readonly #max: number
  readonly #bans = new Map<string, Ban>()
  readonly #listeners = new Set<() => void>()
  #ranges = new IpRanges()

  constructor(world: World, state: KeyValue, max: number) {
    this.#world = world
    this.#state = state
    this.#max = max
    for (const [name, value] of state.entries(kind)) {
      const parsed = schema.safeParse(value)
      this.#bans.set(name, { name, since: parsed.success ? parsed.data.since : 0 })
    }
    this.#build()
  }

  get all(): readonly Ban[] {
    return [...this.#bans.values()]
  }

  /** Throws `usage.invalid` when `name` is neither a peer nor an address, `access.limit` when there are too many bans. */
  ban(name: string): Ban {
    const known = canonicalBan(name)
    const ban = this.#bans.get(known) ?? { name: known, since: this.#world.wallTime() }
    if (!this.#bans.has(known) && this.#bans.size >= this.#max)
      throw new PeerageError('access.limit', `There are ${this.#max} bans already (access.maxBans).`)
    this.#state.put(kind, known, { since: ban.since })
    this.#bans.set(known, ban)
    this.#build()
    return ban
  }

  /** False: it was not banned. Throws as `ban`. */
  unban(name: string): boolean {
    const known = canonicalBan(name)
    if (!this.#bans.delete(known)) return false
    this.#state.delete(kind, known)
    this.#build()
    return true
  }

  blocksPeer(peer: string): boolean {
    return this.#bans.has(peer)
  }

  blocksIp(ip: string): boolean {
    return this.#ranges.has(ip)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #build(): void {
    const ranges = new IpRanges()
    for (const name of this.#bans.keys()) {
      const range = parseCidr(name)
      if (range !== undefined) ranges.add(range.first, range.last)
    }
    for (const _ of ranges.build());
    this.#ranges = ranges
    for (const listener of [...this.#listeners]) listener()
  }
}

/** The form in which a ban is compared and stored. Throws `usage.invalid`. */
function canonicalBan(name: string): string {
  const text = name.trim().toLowerCase()
  if (parseCidr(text) !== undefined) return text.split('%', 1)[0]!
  try {
    return canonicalPeerId(name.trim())
  } catch (cause) {
    throw new PeerageError(
      'usage.invalid',
      `"${name.slice(0, 100)}" is no peer id, no IP address and no range such as 192.0.2.0/24.`,
      { cause },
    )
  }
}
