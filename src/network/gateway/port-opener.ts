/** How a router is asked to open ports, best first. */
export type GatewayMethod = 'pcp' | 'nat-pmp' | 'upnp'

export interface PortWish {
  readonly protocol: 'tcp' | 'udp'
  readonly internalPort: number
  /** The port outside that is wanted; the router may give another. */
  readonly externalPort: number
  readonly lifetimeSeconds: number
}

/** A port that a router has opened for us: what comes to it from outside reaches `internalPort`. */
export interface OpenPort {
  readonly protocol: 'tcp' | 'udp'
  readonly internalPort: number
  readonly externalPort: number
  readonly externalAddress: string
  /** Until the router closes it by itself; Infinity: never. */
  readonly lifetimeSeconds: number
}

/** Why something was not done, in words that follow "The router: ". */
export interface Problem {
  readonly problem: string
}

/** One way of having ports opened by a router. Nothing here rejects. */
export interface PortOpener {
  readonly method: GatewayMethod
  /** Whether a router understands this way. */
  probe(signal: AbortSignal): Promise<Problem | undefined>
  /** Opens a port, or renews what is open already. */
  open(wish: PortWish, signal: AbortSignal): Promise<OpenPort | Problem>
  close(port: OpenPort, signal: AbortSignal): Promise<void>
  /** Whether the router still has what it opened; a problem: it does not say. */
  keeps(ports: readonly OpenPort[], signal: AbortSignal): Promise<boolean | Problem>
}

export const silent: Problem = { problem: 'it does not answer' }

export function isProblem(value: object | boolean | undefined): value is Problem {
  return typeof value === 'object' && 'problem' in value
}
