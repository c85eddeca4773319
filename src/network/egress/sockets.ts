import type { Socket as UdpSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'

export interface TcpTarget {
  /** An IP address (IPv6 with its zone, where it has one) or a name. */
  readonly host: string
  readonly port: number
  /** 0: either. */
  readonly family: 0 | 4 | 6
}

export interface UdpPlace {
  readonly family: 4 | 6
  /** Every address of the family when left out. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port: number
  /** Whether other programs may have the port too, as those of multicast groups. */
  readonly shared?: boolean
  /** The own address that packets come from; for sockets of multicast groups, which have one for each interface. */
  readonly from?: string
}

/** How sockets come to be. All reject with the system's error. */
export interface Sockets {
  /** A connection that has just begun; `connect` or `error` will tell. Throws `network.egress-down`. */
  connect(target: TcpTarget): Socket
  /** Lets a server listen. IPv6 hosts are for IPv6 only. */
  listen(server: Server, host: string, port: number): Promise<void>
  udp(place: UdpPlace): Promise<UdpSocket>
}

/** How TCP connections are set up, in both directions. */
export const tcpOptions: {
  readonly noDelay: boolean
  readonly keepAlive: boolean
  readonly keepAliveInitialDelay: number
} = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }
