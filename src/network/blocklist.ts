/** Whom this peer never talks to. Asked for every connection and every datagram, so it answers from memory. */
export interface Blocklist {
  blocksIp(ip: string): boolean
  blocksPeer(peer: string): boolean
  /** Calls back when somebody was added: connections that are open are looked at again. */
  onChange(listener: () => void): () => void
}

export const nobodyBlocked: Blocklist = {
  blocksIp: () => false,
  blocksPeer: () => false,
  onChange: () => () => undefined,
}
