import { isIPv4 } from 'node:net'
import type { Random } from '../../base/index.ts'
import { type CallAnswer, decodeAnswer, encodeCall, type IgdService, igdCodes, servicesOf } from './igd.ts'
import {
  isProblem,
  type OpenPort,
  type PortOpener,
  type PortWish,
  type Problem,
  silent,
} from './port-opener.ts'

/** A call of an action, or a look at a page of the router. Rejects when there is no answer in time. */
export type AskRouter = (
  url: URL,
  call: { readonly action: string; readonly body: string } | undefined,
  signal: AbortSignal,
) => Promise<string>

export interface UpnpParts {
  readonly random: Random
  /** Our address on the network of the router. */
  readonly self: string
  find(signal: AbortSignal): Promise<URL | undefined>
  readonly ask: AskRouter
}

/** Ports outside that are tried when somebody else has the wanted one. */
const otherPorts = 3
const lowestOther = 20_000
const highestOther = 60_000
const description = 'Peerage'

/** UPnP Internet Gateway Device, versions 1 and 2: WANIPConnection and WANPPPConnection. */
export class UpnpOpener implements PortOpener {
  readonly method = 'upnp'
  readonly #parts: UpnpParts
  #service: IgdService | undefined

  constructor(parts: UpnpParts) {
    this.#parts = parts
  }

  async probe(signal: AbortSignal): Promise<Problem | undefined> {
    const location = await this.#parts.find(signal)
    if (location === undefined) return silent
    try {
      const services = servicesOf(await this.#parts.ask(location, undefined, signal), location)
      return await this.#choose(services, signal)
    } catch (error) {
      return { problem: `its description is of no use: ${messageOf(error)}` }
    }
  }

  async open(wish: PortWish, signal: AbortSignal): Promise<OpenPort | Problem> {
    const ports = [wish.externalPort, ...Array.from({ length: otherPorts }, () => this.#otherPort())]
    let lifetimeSeconds = wish.lifetimeSeconds
    for (let tries = 0; ports.length > 0; tries++) {
      const externalPort = ports[0]!
      const answer = await this.#add({ ...wish, externalPort, lifetimeSeconds }, signal)
      if (isProblem(answer) && codeOf(answer) === igdCodes.permanentOnly && lifetimeSeconds !== 0)
        lifetimeSeconds = 0
      else if (isProblem(answer) && igdCodes.conflicts.includes(codeOf(answer)) && tries < 8) ports.shift()
      else if (isProblem(answer)) return answer
      else return await this.#opened(wish, externalPort, lifetimeSeconds, signal)
    }
    return { problem: 'other machines have the ports already' }
  }

  async close({ externalPort, protocol }: OpenPort, signal: AbortSignal): Promise<void> {
    await this.#call('DeletePortMapping', place(externalPort, protocol), signal)
  }

  async keeps(ports: readonly OpenPort[], signal: AbortSignal): Promise<boolean | Problem> {
    const address = await this.#externalAddress(signal)
    if (isProblem(address)) return address
    for (const { externalAddress, externalPort, protocol, internalPort } of ports) {
      if (externalAddress !== address.address) return false
      const answer = await this.#call('GetSpecificPortMappingEntry', place(externalPort, protocol), signal)
      if (isProblem(answer)) return codeOf(answer) === igdCodes.noSuchEntry ? false : answer
      const isOurs =
        answer.NewInternalClient === this.#parts.self && Number(answer.NewInternalPort) === internalPort
      if (!isOurs) return false
    }
    return true
  }

  /** The first connection to the internet that has an address. */
  async #choose(services: readonly IgdService[], signal: AbortSignal): Promise<Problem | undefined> {
    let problem: Problem = { problem: 'it cannot open ports' }
    for (const service of services) {
      this.#service = service
      const address = await this.#externalAddress(signal)
      if (!isProblem(address)) return undefined
      problem = address
    }
    return problem
  }

  #add(wish: PortWish, signal: AbortSignal): Promise<Readonly<Record<string, string>> | Problem> {
    return this.#call(
      'AddPortMapping',
      {
        ...place(wish.externalPort, wish.protocol),
        NewInternalPort: wish.internalPort,
        NewInternalClient: this.#parts.self,
        NewEnabled: 1,
        NewPortMappingDescription: description,
        NewLeaseDuration: wish.lifetimeSeconds,
      },
      signal,
    )
  }

  async #opened(
    { protocol, internalPort }: PortWish,
    externalPort: number,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<OpenPort | Problem> {
    const address = await this.#externalAddress(signal)
    if (isProblem(address)) return address
    return {
      protocol,
      internalPort,
      externalPort,
      externalAddress: address.address,
      lifetimeSeconds: lifetimeSeconds === 0 ? Number.POSITIVE_INFINITY : lifetimeSeconds,
    }
  }

  async #externalAddress(signal: AbortSignal): Promise<{ readonly address: string } | Problem> {
    const answer = await this.#call('GetExternalIPAddress', {}, signal)
    if (isProblem(answer)) return answer
    const address = answer.NewExternalIPAddress ?? ''
    return isIPv4(address) && address !== '0.0.0.0'
      ? { address }
      : { problem: 'it has no connection to the internet now' }
  }

  async #call(
    action: string,
    given: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | Refusal> {
    const service = this.#service
    if (service === undefined) return silent
    try {
      const body = encodeCall(service.type, action, given)
      const text = await this.#parts.ask(
        service.control,
        { action: `${service.type}#${action}`, body },
        signal,
      )
      const answer: CallAnswer = decodeAnswer(text, action)
      return 'given' in answer ? answer.given : answer
    } catch (error) {
      return { problem: messageOf(error) }
    }
  }

  #otherPort(): number {
    return lowestOther + this.#parts.random.below(highestOther - lowestOther)
  }
}

interface Refusal extends Problem {
  readonly code?: number
}

function codeOf(problem: Refusal): number {
  return problem.code ?? 0
}

/** The arguments that name a mapping, in the order that the service wants. */
function place(externalPort: number, protocol: 'tcp' | 'udp'): Readonly<Record<string, string | number>> {
  return { NewRemoteHost: '', NewExternalPort: externalPort, NewProtocol: protocol.toUpperCase() }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
