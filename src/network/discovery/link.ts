/** One interface of this machine, in one address family. */
export interface Link {
  readonly name: string
  readonly family: 4 | 6
  /** Addresses of this machine on it. */
  readonly ips: readonly string[]
}

/** Sends and receives on all links; see `MulticastSockets`. */
export interface LinkPort {
  links(): readonly Link[]
  send(link: Link, packet: Uint8Array): void
}

/** Where programs on local networks meet: a multicast address for each family, and a UDP port. */
export interface MulticastGroup {
  readonly addresses: Readonly<Record<4 | 6, string>>
  readonly port: number
  /** How many routers may pass a packet on, plus one. */
  readonly hops: number
}
