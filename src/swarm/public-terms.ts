/** How this peer takes part in a public network, as public peers are told. */
export interface PublicTerms {
  /** The port on which others can dial us; undefined when they cannot. */
  readonly listenPort: number | undefined
  /** The UDP port of our DHT node (BEP 5), if there is one. */
  readonly dhtPort: number | undefined
  /** Peers are told about each other (BEP 11), unless the content is private. */
  readonly pex: boolean
  /** Peers had better dial us with encryption (`e`, BEP 10). */
  readonly prefersEncryption?: boolean
  /** Peers may have us meet others behind NAT and have others meet us (BEP 55): needs uTP. */
  readonly holepunch?: boolean
  /** An IP address of ours that is known by other means; else what most peers say counts. */
  readonly externalAddress?: (family: 4 | 6) => string | undefined
}
