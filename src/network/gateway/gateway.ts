import { isIPv4 } from 'node:net'
import type { Timer, World } from '../../base/index.ts'
import { isPrivateIp } from '../path.ts'
import type { DefaultRoute } from './default-route.ts'
import type { GatewayOff, GatewayReport, PortMapping } from './gateway-report.ts'
import { isProblem, type OpenPort, type PortOpener, type Problem } from './port-opener.ts'

export interface GatewayConfig {
  readonly portMappingLeaseSeconds: number
  readonly portMappingCheckMs: number
}

/** What is asked of one router; `close` ends what listens for its answers. */
export interface RouterWays {
  readonly openers: readonly PortOpener[]
  close(): void
}

export interface GatewayParts {
  readonly world: World
  readonly config: GatewayConfig
  /** Our TCP and UDP port. */
  readonly port: number
  /** Why nothing is to be done, as things are now. */
  off(): GatewayOff | undefined
  route(): Promise<DefaultRoute | undefined>
  waysOf(route: DefaultRoute): RouterWays
  /** There is something new in `report`. */
  onChange(): void
}

export const gatewayLimits = {
  /** What a router grants is taken for this much at least and at most, in seconds. */
  minLeaseSeconds: 30,
  maxLeaseSeconds: 86_400,
  /** A router that opened nothing is asked again after so long, in ms; the last one stands for all that follow. */
  againAfterMs: [60_000, 300_000, 1_800_000],
  /** How long closing ports may take, in ms: stopping does not wait longer for a router. */
  closeMs: 1_000,
  maxProblemLength: 200,
} as const

/** What a router opened, and how. */
interface Held {
  readonly route: DefaultRoute
  readonly ways: RouterWays
  readonly opener: PortOpener
  readonly ports: readonly PortMapping[]
  /** World.now() */
  readonly renewAt: number
}

const nothing = { doubleNat: false, mappings: [], tried: [] } as const

/**
 * Has the router of this network open our port, TCP and UDP: renewed at half of its time, looked after in between (routers restart), asked
 * for anew when the network changes, closed at the end. What routers say is bounded and never thrown.
 */
export class Gateway {
  readonly #parts: GatewayParts
  #report: GatewayReport = { state: 'searching', ...nothing }
  #held: Held | undefined
  #timers: Timer[] = []
  #failures = 0
  /** Ends what is being asked now. */
  #asking = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  get report(): GatewayReport {
    return this.#report
  }

  /** Asks the router; also again, when interfaces or addresses of this machine are others than before. */
  start(): void {
    if (this.#stopped) return
    this.#failures = 0
    this.#begin()
  }

  /** Closes the ports, as far as the router answers in time. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#interrupt()
    await this.#running
    await this.#drop()
  }

  /** Whatever is asked or waited for now is over. */
  #interrupt(): AbortSignal {
    this.#asking.abort()
    this.#asking = new AbortController()
    for (const timer of this.#timers.splice(0)) timer.cancel()
    return this.#asking.signal
  }

  /** One at a time: what was begun before is over at once. */
  #begin(): void {
    const signal = this.#interrupt()
    this.#running = this.#running.then(() => this.#look(signal)).catch(() => {})
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const off = this.#parts.off()
    const route = off === undefined ? await this.#parts.route() : undefined
    if (signal.aborted) return
    if (this.#held !== undefined && sameRoute(this.#held.route, route)) return await this.#check(signal)
    await this.#drop()
    if (signal.aborted) return
    if (off !== undefined) return this.#tell({ ...nothing, state: 'off', off })
    if (route === undefined) return this.#failed({ ...nothing, state: 'none' })
    this.#tell({ ...nothing, state: 'searching', router: route.router })
    await this.#search(route, signal)
  }

  /** Every way is tried at once; the best of those that the router understands is used. */
  async #search(route: DefaultRoute, signal: AbortSignal): Promise<void> {
    const ways = this.#parts.waysOf(route)
    const tried: GatewayReport['tried'][number][] = []
    const probes = await Promise.all(ways.openers.map(opener => opener.probe(signal)))
    for (const [i, opener] of ways.openers.entries()) {
      if (signal.aborted) break
      const opened = probes[i] ?? (await this.#openAll(opener, [], signal))
      if (!isProblem(opened)) return this.#hold({ route, ways, opener, ...opened })
      tried.push({
        method: opener.method,
        problem: opened.problem.slice(0, gatewayLimits.maxProblemLength),
      })
    }
    ways.close()
    if (!signal.aborted) this.#failed({ ...nothing, state: 'refused', router: route.router, tried })
  }

  /** Both protocols, or none; on the same port outside if that can be. */
  async #openAll(
    opener: PortOpener,
    before: readonly PortMapping[],
    signal: AbortSignal,
  ): Promise<Pick<Held, 'ports' | 'renewAt'> | Problem> {
    const { port: internalPort, config, world } = this.#parts
    const opened: PortMapping[] = []
    const lastMoment = this.#soonAfter(signal)
    for (const protocol of ['tcp', 'udp'] as const) {
      const wished = before.find(one => one.protocol === protocol) ?? opened[0]
      const externalPort = wished?.externalPort ?? internalPort
      const lifetimeSeconds = config.portMappingLeaseSeconds
      const answer = await opener.open({ protocol, internalPort, externalPort, lifetimeSeconds }, lastMoment)
      const problem = isProblem(answer) ? answer : faultOf(answer)
      if (!isProblem(answer)) opened.push(mappingOf(answer, world))
      if (problem !== undefined || signal.aborted) {
        await this.#closeAll(opener, opened)
        return problem ?? { problem: 'it was interrupted' }
      }
    }
    const seconds = Math.min(...opened.map(one => one.lifetimeSeconds), gatewayLimits.maxLeaseSeconds)
    return { ports: opened, renewAt: world.now() + (seconds * 1000) / 2 }
  }

  /** What a router is just opening is waited for a moment, so that it can be closed again. */
  #soonAfter(signal: AbortSignal): AbortSignal {
    const late = new AbortController()
    const wait = (): void => void this.#parts.world.after(gatewayLimits.closeMs, () => late.abort())
    signal.addEventListener('abort', wait, { once: true })
    return late.signal
  }

  async #closeAll(opener: PortOpener, ports: readonly OpenPort[]): Promise<void> {
    const tooLate = new AbortController()
    const timer = this.#parts.world.after(gatewayLimits.closeMs, () => tooLate.abort())
    await Promise.all(ports.map(port => opener.close(port, tooLate.signal)))
    timer.cancel()
  }

  #hold(held: Held): void {
    this.#held = held
    this.#failures = 0
    const { route, opener, ports } = held
    const externalAddress = ports[0]!.externalAddress
    this.#tell({
      state: 'mapped',
      router: route.router,
      method: opener.method,
      externalAddress,
      doubleNat: isPrivateIp(externalAddress),
      mappings: ports,
      tried: [],
    })
    this.#watch(held)
  }

  /** Until the next renewal, looks from time to time whether the router still has the ports. */
  #watch({ renewAt }: Held): void {
    const signal = this.#interrupt()
    const { world, config } = this.#parts
    this.#later(renewAt - world.now(), () => this.#renew(signal))
    this.#later(config.portMappingCheckMs, () => this.#check(signal))
  }

  async #check(signal: AbortSignal): Promise<void> {
    const held = this.#held
    const keeps = await held?.opener.keeps(held.ports, signal)
    if (held === undefined || signal.aborted) return
    if (keeps === true) this.#watch(held)
    else await this.#renew(signal)
  }

  /** A router that does not answer any more is looked for anew. */
  async #renew(signal: AbortSignal): Promise<void> {
    const held = this.#held
    if (held === undefined || signal.aborted) return
    const opened = await this.#openAll(held.opener, held.ports, signal)
    if (signal.aborted) return
    if (!isProblem(opened)) return this.#hold({ ...held, ...opened })
    await this.#drop()
    if (!signal.aborted) this.#begin()
  }

  /** It is another network now, or the router does not know of the ports; if it does, they are closed. */
  async #drop(): Promise<void> {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    await this.#closeAll(held.opener, held.ports)
    held.ways.close()
  }

  #failed(report: GatewayReport): void {
    this.#tell(report)
    const { againAfterMs } = gatewayLimits
    this.#later(againAfterMs[Math.min(this.#failures++, againAfterMs.length - 1)]!, () => this.#begin())
  }

  #later(delayMs: number, act: () => void | Promise<void>): void {
    const timer = this.#parts.world.after(Math.max(0, delayMs), () => {
      this.#running = Promise.resolve(act()).catch(() => {})
    })
    this.#timers.push(timer)
  }

  #tell(report: GatewayReport): void {
    this.#report = report
    this.#parts.onChange()
  }
}

/** Why what a router gave is of no use. */
function faultOf({ externalAddress }: OpenPort): Problem | undefined {
  const isAddress = isIPv4(externalAddress) && externalAddress !== '0.0.0.0'
  return isAddress ? undefined : { problem: 'it has no connection to the internet now' }
}

function mappingOf(port: OpenPort, world: World): PortMapping {
  const { minLeaseSeconds, maxLeaseSeconds } = gatewayLimits
  if (port.lifetimeSeconds === Number.POSITIVE_INFINITY) return port
  const lifetimeSeconds = Math.min(Math.max(port.lifetimeSeconds, minLeaseSeconds), maxLeaseSeconds)
  return { ...port, lifetimeSeconds, until: world.wallTime() + lifetimeSeconds * 1000 }
}

function sameRoute(a: DefaultRoute, b: DefaultRoute | undefined): boolean {
  return a.router === b?.router && a.self === b.self
}
