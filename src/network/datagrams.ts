/** One end of a datagram or of a TCP connection: a literal IP address (IPv6 without brackets or zone) and a port. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** The UDP socket of this peer, one an address family, on the same port number as TCP. Several protocols share it. */
export interface Datagrams {
  /** UDP port. */
  readonly port: number
  readonly families: readonly (4 | 6)[]
  /** Sends one datagram as soon as may be; what the system cannot take is lost, as datagrams are. Never throws. */
  send(bytes: Uint8Array, to: Endpoint): void
  /**
   * Adds a protocol: the first one whose `matches` says so gets the datagram. `bytes` are valid only during the call. Returns
   * what removes it.
   */
  claim(protocol: DatagramProtocol): () => void
}

export interface DatagramProtocol {
  readonly name: string
  matches(bytes: Uint8Array, from: Endpoint): boolean
  receive(bytes: Uint8Array, from: Endpoint): void
}
