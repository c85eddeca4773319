/** How this peer takes part in a public network, as public peers are told. */
export interface PublicTerms {
  /** The port on which others can dial us; undefined when they cannot. */
  readonly listenPort: number | undefined
  /** The UDP port of our DHT node (BEP 5), if there is one. */
  readonly dhtPort: number | undefined
  /** Peers are told about each other (BEP 11), unless the content is private. */
  readonly pex: boolean
}
