import type { World } from '../../base/index.ts'
import { EpochWatch } from './epoch-watch.ts'
import {
  decodeNatPmpAnswer,
  encodeNatPmpMap,
  type NatPmpAnswer,
  natPmpAddressRequest,
  natPmpProblem,
} from './nat-pmp.ts'
import {
  isProblem,
  type OpenPort,
  type PortOpener,
  type PortWish,
  type Problem,
  silent,
} from './port-opener.ts'
import type { RouterTalk } from './router-talk.ts'

type AddressAnswer = Extract<NatPmpAnswer, { kind: 'address' }>
type MapAnswer = Exclude<NatPmpAnswer, { kind: 'address' }>

/** NAT Port Mapping Protocol, RFC 6886. */
export class NatPmpOpener implements PortOpener {
  readonly method = 'nat-pmp'
  readonly #world: World
  readonly #talk: RouterTalk
  readonly #epoch: EpochWatch = new EpochWatch()

  constructor(world: World, talk: RouterTalk) {
    this.#world = world
    this.#talk = talk
  }

  async probe(signal: AbortSignal): Promise<Problem | undefined> {
    const kept = await this.keeps([], signal)
    return isProblem(kept) ? kept : undefined
  }

  async open(wish: PortWish, signal: AbortSignal): Promise<OpenPort | Problem> {
    const answer = await this.#map(wish, signal)
    if (isProblem(answer)) return answer
    if (answer.externalPort === 0) return { problem: 'it named no port' }
    const address = await this.#address(signal)
    if (isProblem(address)) return address
    const { protocol, internalPort } = wish
    const { externalPort, lifetimeSeconds } = answer
    return { protocol, internalPort, externalPort, externalAddress: address.externalAddress, lifetimeSeconds }
  }

  async close({ protocol, internalPort }: OpenPort, signal: AbortSignal): Promise<void> {
    await this.#map({ protocol, internalPort, externalPort: 0, lifetimeSeconds: 0 }, signal)
  }

  async keeps(ports: readonly OpenPort[], signal: AbortSignal): Promise<boolean | Problem> {
    const answer = await this.#address(signal)
    if (isProblem(answer)) return answer
    const restarted = this.#epoch.restarted(answer.epoch, this.#world.now())
    return !restarted && ports.every(({ externalAddress }) => externalAddress === answer.externalAddress)
  }

  async #address(signal: AbortSignal): Promise<AddressAnswer | Problem> {
    const answer = await this.#talk.ask(
      natPmpAddressRequest,
      bytes => {
        const one = decodeNatPmpAnswer(bytes)
        return one.kind === 'address' ? one : undefined
      },
      signal,
    )
    return checked(answer)
  }

  async #map(wish: PortWish, signal: AbortSignal): Promise<MapAnswer | Problem> {
    const answer = await this.#talk.ask(
      encodeNatPmpMap(wish),
      bytes => {
        const one = decodeNatPmpAnswer(bytes)
        return one.kind === wish.protocol && one.internalPort === wish.internalPort ? one : undefined
      },
      signal,
    )
    return checked(answer)
  }
}

function checked<Answer extends NatPmpAnswer>(answer: Answer | undefined): Answer | Problem {
  if (answer === undefined) return silent
  return answer.result === 0 ? answer : { problem: natPmpProblem(answer.result) }
}
