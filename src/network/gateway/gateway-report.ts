import type { GatewayMethod, OpenPort } from './port-opener.ts'

/** Why no router is asked to open ports: see `mayMap`. */
export type GatewayOff = 'config' | 'lan-only' | 'not-listening' | 'loopback' | 'public'

export interface PortMapping extends OpenPort {
  /** World.wallTime() until which the router keeps it unless it is renewed; absent: for good. */
  readonly until?: number
}

/** How the router of this network does; plain data, what routers say is hearsay. */
export interface GatewayReport {
  /**
   * `off`: it is not asked, see `off`. `searching`: not known yet. `none`: there is no router on the way to the internet. `mapped`: it
   * opened the ports. `refused`: it opened none, see `tried`.
   */
  readonly state: 'off' | 'searching' | 'none' | 'mapped' | 'refused'
  readonly off?: GatewayOff
  /** IP address of the router. */
  readonly router?: string
  readonly method?: GatewayMethod
  readonly externalAddress?: string
  /** The router has itself no public address: another one stands before it. */
  readonly doubleNat: boolean
  readonly mappings: readonly PortMapping[]
  /** What came of each way of asking. */
  readonly tried: readonly { readonly method: GatewayMethod; readonly problem: string }[]
}
