import { isIP } from 'node:net'
import { PeerageError, type World } from '../../base/index.ts'
import { fromAfar } from '../discovery/index.ts'
import { type DnsTexts, type Egress, isLocalName } from '../egress/index.ts'
import { orAborted } from '../or-aborted.ts'
import { addressNameLimits, isNamed, multiaddrsIn, type NamedAddress, parseNamed } from './named-address.ts'

export interface AddressNamesParts {
  readonly world: Pick<World, 'after'>
  readonly egress: Pick<Egress, 'resolve' | 'passesNames'>
  /** Texts under a DNS name. */
  texts(host: string): Promise<DnsTexts>
}

/** Looks up what multiaddrs with names lead to, before they are dialled: over the one way out, or not at all. */
export class AddressNames {
  readonly #parts: AddressNamesParts

  constructor(parts: AddressNamesParts) {
    this.#parts = parts
  }

  /**
   * Tells, as it becomes known, where those addresses lead: addresses without names as they are, and in place of names what stands under them. Whoever wrote
   * a name is not asked what stands there, so it leads where a stranger may lead us and not to this machine. A name that a proxy looks up stays as it is.
   * Rejects with `network.unreachable` when there is nothing to tell, and with `signal.reason`.
   */
  async lookUp(
    addresses: readonly string[],
    signal: AbortSignal,
    tell: (address: string) => void,
  ): Promise<void> {
    const late = new AbortController()
    const timer = this.#parts.world.after(addressNameLimits.lookUpMs, () =>
      late.abort(new Error('no name server answers in time')),
    )
    const look = new LookUp(this.#parts, AbortSignal.any([signal, late.signal]), tell)
    try {
      await Promise.all(
        addresses.map(address => (isNamed(address) ? look.follow(address, 0) : tell(address))),
      )
    } finally {
      timer.cancel()
    }
    signal.throwIfAborted()
    if (look.found > 0 || look.problems.length === 0) return
    const why = [...new Set(look.problems)].join('; ')
    throw new PeerageError('network.unreachable', `The name leads nowhere: ${why}.`)
  }

  /** The same, when all is known. What cannot be looked up is left out. Rejects with `signal.reason`. */
  async lookUpAll(addresses: readonly string[], signal: AbortSignal): Promise<string[]> {
    const found: string[] = []
    await this.lookUp(addresses, signal, address => found.push(address)).catch(() => signal.throwIfAborted())
    return found
  }
}

/** One list of addresses, being looked up. */
class LookUp {
  readonly problems: string[] = []
  readonly #parts: AddressNamesParts
  readonly #signal: AbortSignal
  readonly #tell: (address: string) => void
  readonly #mayName = fromAfar()
  readonly #found = new Set<string>()
  /** What was asked for so far. */
  readonly #asked = new Map<string, Promise<unknown>>()

  constructor(parts: AddressNamesParts, signal: AbortSignal, tell: (address: string) => void) {
    this.#parts = parts
    this.#signal = signal
    this.#tell = tell
  }

  get found(): number {
    return this.#found.size
  }

  /** Never rejects. */
  async follow(address: string, depth: number): Promise<void> {
    const named = parseNamed(address)
    try {
      if (!isNamed(address)) this.#take(address)
      else if (named === undefined) this.problems.push(`${address} has no name of a machine`)
      else if (named.kind === 'dnsaddr') await this.#followTexts(named, depth)
      else await this.#followMachine(named, address)
    } catch (error) {
      this.problems.push(error instanceof Error ? error.message.replace(/\.$/, '') : String(error))
    }
  }

  async #followTexts({ host, rest }: NamedAddress, depth: number): Promise<void> {
    if (depth >= addressNameLimits.depth) throw new Error(`${host} is the end of too many names`)
    const { texts } = await this.#ask(`_dnsaddr.${host}`, name => this.#parts.texts(name))
    const next = multiaddrsIn(texts, rest)
    if (next.length === 0) this.problems.push(`no such address stands under ${host}`)
    await Promise.all(next.map(one => this.follow(one, depth + 1)))
  }

  async #followMachine({ host, kind, rest }: NamedAddress, address: string): Promise<void> {
    const { egress } = this.#parts
    if (egress.passesNames && isIP(host) === 0) {
      if (isLocalName(host)) throw new Error(`${host} is a name of a local network, where the proxy is`)
      return this.#take(address)
    }
    const family = kind === 'dns4' ? 4 : kind === 'dns6' ? 6 : 0
    const found = await this.#ask(`${family} ${host}`, () => egress.resolve(host, family))
    if (found.length === 0) this.problems.push(`${host} has no address`)
    for (const one of found) this.#take(`${multiaddrOf(one.address)}${rest}`)
  }

  /** Each question once, and only so many. */
  async #ask<Answer>(question: string, ask: (question: string) => Promise<Answer>): Promise<Answer> {
    const key = question.toLowerCase()
    const known = this.#asked.get(key) as Promise<Answer> | undefined
    if (known === undefined && this.#asked.size >= addressNameLimits.names)
      throw new Error('it leads to too many names')
    const answer = known ?? ask(question)
    this.#asked.set(key, answer)
    return await orAborted(answer, this.#signal)
  }

  #take(address: string): void {
    const { size } = this.#found
    if (this.#signal.aborted || size >= addressNameLimits.addresses || this.#found.has(address)) return
    if (!this.#mayName(address)) {
      this.problems.push(`${address} is not dialled because of a name`)
      return
    }
    this.#found.add(address)
    this.#tell(address)
  }
}

function multiaddrOf(ip: string): string {
  const [plain = '', zone] = ip.split('%')
  if (!plain.includes(':')) return `/ip4/${plain}`
  return `${zone === undefined ? '' : `/ip6zone/${zone}`}/ip6/${plain}`
}
