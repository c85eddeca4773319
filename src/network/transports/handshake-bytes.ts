import { PeerageError } from '../../base/index.ts'

/** What the other side of a connection may send before it has proven who it is. */
export class HandshakeBytes {
  #left: number
  readonly #refuse: (reason: Error) => void

  /** `refuse` ends the connection. */
  constructor(most: number, refuse: (reason: Error) => void) {
    this.#left = most
    this.#refuse = refuse
  }

  /** False: that is too much, and the connection is being ended. */
  take(bytes: number): boolean {
    this.#left -= bytes
    if (this.#left >= 0) return true
    this.#refuse(new PeerageError('wire.limit', 'The peer sent too much before it had proven who it is.'))
    return false
  }

  /** It has proven who it is. */
  lift(): void {
    this.#left = Number.POSITIVE_INFINITY
  }
}
