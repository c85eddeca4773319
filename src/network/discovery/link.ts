import type { Link } from '../egress/index.ts'

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
