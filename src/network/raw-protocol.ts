import type { Socket } from 'node:net'

/** A protocol beside libp2p on the shared TCP port, told apart by its first bytes (docs/decisions/005-one-port.md). */
export interface RawProtocol {
  readonly name: string
  /** Asked after those that know their connections by what they begin with: it takes whatever is nothing else. */
  readonly takesRest?: boolean
  /** Whether a connection that begins like this is of this protocol; undefined: more bytes are needed. */
  matches(head: Uint8Array): boolean | undefined
  /** Says nothing to whoever does not know a secret: it may stay on the port of a private network. */
  readonly isHidden?: boolean
  /**
   * Takes the socket over, paused, error handled. `head` are the bytes that were read. Admission (limits per address and in
   * total) was passed and lasts until the socket closes.
   */
  receive(socket: Socket, head: Uint8Array): void
}
