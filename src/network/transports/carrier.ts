import type { Duplex } from 'node:stream'
import type { MessageStream, MultiaddrConnection } from '@libp2p/interface'

/** What runs on something else: Node's TLS, say. */
export type UpperSocket = Duplex & { destroySoon(): void }

/**
 * A connection that carries the plain bytes of the negotiation and then lends what it is made of to Node's own TLS, so that no byte
 * goes through libp2p's streams.
 */
export interface Carrier extends MultiaddrConnection {
  /** What it carries is carried by another connection of this process, see `readInPlace`. */
  readonly isInside: boolean
  /** Counts what arrives before the other side has proven who it is. False: too much, and the connection is gone. */
  mayTake(bytes: number): boolean
  /** The other side has proven who it is: it may send as much as its streams take. */
  trust(): void
  /** Stops reading, puts back what was read but not consumed, and hands out what carries the bytes. */
  detach(): Duplex
  /** From now on this connection is `secure`, which runs on what was detached: libp2p's `close` and `abort` must still reach it. */
  adopt(secure: UpperSocket): void
}

export function isCarrier(connection: MessageStream): connection is Carrier {
  return 'detach' in connection && 'adopt' in connection
}
