import { equalBytes, type World } from '../../base/index.ts'
import { EpochWatch } from './epoch-watch.ts'
import {
  decodePcpAnswer,
  encodePcpAnnounce,
  encodePcpMap,
  ianaProtocols,
  nonceBytes,
  type PcpAnswer,
  type PcpHead,
  type PcpMapAnswer,
  pcpProblem,
} from './pcp.ts'
import {
  isProblem,
  type OpenPort,
  type PortOpener,
  type PortWish,
  type Problem,
  silent,
} from './port-opener.ts'
import type { RouterTalk } from './router-talk.ts'

/** Port Control Protocol, RFC 6887. */
export class PcpOpener implements PortOpener {
  readonly method = 'pcp'
  readonly #world: World
  readonly #talk: RouterTalk
  readonly #self: string
  readonly #epoch: EpochWatch = new EpochWatch()
  readonly #nonces: Readonly<Record<'tcp' | 'udp', Uint8Array>>

  /** `self`: our address on the network of the router. */
  constructor(world: World, talk: RouterTalk, self: string) {
    this.#world = world
    this.#talk = talk
    this.#self = self
    this.#nonces = { tcp: world.random.bytes(nonceBytes), udp: world.random.bytes(nonceBytes) }
  }

  async probe(signal: AbortSignal): Promise<Problem | undefined> {
    const kept = await this.keeps([], signal)
    return isProblem(kept) ? kept : undefined
  }

  async open(wish: PortWish, signal: AbortSignal): Promise<OpenPort | Problem> {
    const answer = await this.#map(wish, signal)
    const problem = this.#problemOf(answer)
    if (problem !== undefined || answer?.kind !== 'map') return problem ?? silent
    if (answer.externalPort === 0) return { problem: 'it named no port' }
    const { protocol, internalPort } = wish
    const { externalPort, externalAddress, lifetimeSeconds } = answer
    return { protocol, internalPort, externalPort, externalAddress, lifetimeSeconds }
  }

  async close({ protocol, internalPort }: OpenPort, signal: AbortSignal): Promise<void> {
    await this.#map({ protocol, internalPort, externalPort: 0, lifetimeSeconds: 0 }, signal)
  }

  async keeps(_ports: readonly OpenPort[], signal: AbortSignal): Promise<boolean | Problem> {
    const answer = await this.#announce(signal)
    const problem = this.#problemOf(answer)
    if (problem !== undefined || answer === undefined || answer.kind === 'other') return problem ?? silent
    return !this.#epoch.restarted(answer.epoch, this.#world.now())
  }

  #announce(
    signal: AbortSignal,
  ): Promise<(PcpHead & { readonly kind: 'announce' }) | { readonly kind: 'other' } | undefined> {
    return this.#talk.ask(
      encodePcpAnnounce(this.#self),
      bytes => {
        const answer = decodePcpAnswer(bytes)
        return answer.kind === 'map' ? undefined : answer
      },
      signal,
    )
  }

  #map(wish: PortWish, signal: AbortSignal): Promise<PcpMapAnswer | { readonly kind: 'other' } | undefined> {
    const nonce = this.#nonces[wish.protocol]
    return this.#talk.ask(
      encodePcpMap({ ...wish, nonce, client: this.#self }),
      bytes => {
        const answer = decodePcpAnswer(bytes)
        if (answer.kind !== 'map') return answer.kind === 'other' ? answer : undefined
        const isOurs =
          equalBytes(answer.nonce, nonce) &&
          answer.protocol === ianaProtocols[wish.protocol] &&
          answer.internalPort === wish.internalPort
        return isOurs ? answer : undefined
      },
      signal,
    )
  }

  #problemOf(answer: PcpAnswer | undefined): Problem | undefined {
    if (answer === undefined) return silent
    if (answer.kind === 'other') return { problem: 'it does not know it' }
    return answer.result === 0 ? undefined : { problem: pcpProblem(answer.result) }
  }
}
