/** libp2p specs `relay/circuit-v2.md`: what is said to a relay, and by it. */
export const hopProtocol = '/libp2p/circuit/relay/0.2.0/hop'
export const stopProtocol = '/libp2p/circuit/relay/0.2.0/stop'
