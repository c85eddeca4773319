/** Somebody whose shares can be looked at: a contact with all of its devices, or a peer that is none. */
export interface Person {
  /** As the user calls it: a petname, else the PeerId. */
  readonly name: string
  /** PeerId of its main key: the same whatever it is called. */
  readonly id: string
  /** Its devices, and where each was last reached. */
  readonly devices: readonly Device[]
}

export interface Device {
  /** PeerId. */
  readonly peer: string
  /** Multiaddrs; perhaps the network knows others. */
  readonly addresses: readonly string[]
}
