/** A multiaddr that leads through a relay: `…/p2p/RELAY/p2p-circuit[/p2p/TARGET]`. */
export interface CircuitAddress {
  /** PeerId of the relay. */
  readonly relay: string
  /** Where the relay is, `…/p2p/RELAY`; `/p2p/RELAY` alone where that is not said. */
  readonly relayAddress: string
  /** PeerId of who is behind it. */
  readonly target?: string
}

/** What a multiaddr in text form says of a relay. Undefined when it leads through none, or through several. */
export function circuitOf(multiaddr: string): CircuitAddress | undefined {
  const [, relayAddress = '', relay = '', target] =
    /^((?:\/(?!p2p-circuit)[^/]+)*\/p2p\/([^/]+))\/p2p-circuit(?:\/p2p\/([^/]+))?$/.exec(multiaddr) ?? []
  if (relay === '') return undefined
  return { relay, relayAddress, ...(target !== undefined && { target }) }
}
