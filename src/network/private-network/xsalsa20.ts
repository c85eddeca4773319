import { xsalsa20 } from '@noble/ciphers/salsa.js'
import { PeerageError } from '../../base/index.ts'

const blockBytes = 64
/** What one key and nonce are used for at most: our cipher counts blocks with 32 bits. */
export const maxStreamBytes: number = (2 ** 32 - 1) * blockBytes

/** XSalsa20 over a stream that comes in pieces of any length; the same turns bytes into hidden ones and back. */
export class XSalsa20 {
  readonly #key: Uint8Array
  readonly #nonce: Uint8Array
  #at: number

  /** `from`: where in the stream it begins. */
  constructor(key: Uint8Array, nonce: Uint8Array, from = 0) {
    this.#key = key
    this.#nonce = nonce
    this.#at = from
  }

  /** The next bytes of the stream, in memory of their own. Throws `wire.limit` after 256 GiB. */
  apply(bytes: Uint8Array): Uint8Array {
    // Laid out so that the cipher begins with a block, in memory that it reads as words.
    const done = this.#at % blockBytes
    const place = new Uint8Array(done + bytes.length)
    place.set(bytes, done)
    if (this.#at + bytes.length > maxStreamBytes)
      throw new PeerageError('wire.limit', 'This connection has carried all that its key is good for.')
    xsalsa20(this.#key, this.#nonce, place, place, (this.#at - done) / blockBytes)
    this.#at += bytes.length
    return place.subarray(done)
  }
}
