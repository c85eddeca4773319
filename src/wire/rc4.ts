import { rc4ByWasm } from './rc4-wasm.ts'

/** Int32Array is as the machine has it; RC4 gives the lowest byte of a word first. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
/** Below this, making views of words costs more than they save, in bytes. */
const worthWords = 64
/** Below this, moving the state and the bytes to WebAssembly and back does. */
const worthWasm = 4096

/**
 * The stream cipher RC4, one direction of one connection. It is broken: fit to hide what is said from machines that look for
 * patterns, not to keep it secret.
 *
 * How it is written was measured (docs/decisions/006-message-stream-encryption.md): WebAssembly for what is long; else, and
 * where that is not to be had, state in an Int32Array, four steps unrolled, whole words xored.
 */
export class Rc4 {
  /** 256 numbers, then the two indices. */
  readonly #state = new Int32Array(258)

  /** `drop`: that many bytes of the key stream are not used. */
  constructor(key: Uint8Array, drop = 0) {
    if (key.length < 1 || key.length > 256) throw new TypeError('a key of RC4 has 1 to 256 bytes')
    const s = this.#state
    for (let i = 0; i < 256; i++) s[i] = i
    for (let i = 0, j = 0; i < 256; i++) {
      const a = s[i]!
      j = (j + a + key[i % key.length]!) & 255
      s[i] = s[j]!
      s[j] = a
    }
    if (drop > 0) this.apply(new Uint8Array(drop))
  }

  /**
   * Encrypts or decrypts `from` into `to`, which has the same length and may be the same bytes. Fastest where both begin
   * at the same distance from a multiple of four in their buffers.
   */
  apply(from: Uint8Array, to: Uint8Array = from): Uint8Array {
    const { length, byteOffset } = from
    if (to.length !== length) throw new TypeError('both must be of one length')
    // Out of shared memory the copy would cost what is won.
    if (length >= worthWasm && from.buffer instanceof ArrayBuffer) {
      const done = rc4ByWasm(this.#state, from, to)
      if (done > 0) {
        this.#bytes(from, to, done, length)
        return to
      }
    }
    const before = -byteOffset & 3
    const words = (length - before) >> 2
    if (!littleEndian || length < worthWords || ((byteOffset ^ to.byteOffset) & 3) !== 0)
      this.#bytes(from, to, 0, length)
    else {
      this.#bytes(from, to, 0, before)
      this.#words(
        new Int32Array(from.buffer, byteOffset + before, words),
        new Int32Array(to.buffer, to.byteOffset + before, words),
      )
      this.#bytes(from, to, before + 4 * words, length)
    }
    return to
  }

  #bytes(from: Uint8Array, to: Uint8Array, start: number, end: number): void {
    const s = this.#state
    let i = s[256]!
    let j = s[257]!
    for (let at = start; at < end; at++) {
      i = (i + 1) & 255
      const a = s[i]!
      j = (j + a) & 255
      const b = s[j]!
      s[i] = b
      s[j] = a
      to[at] = from[at]! ^ s[(a + b) & 255]!
    }
    s[256] = i
    s[257] = j
  }

  #words(from: Int32Array, to: Int32Array): void {
    const s = this.#state
    const { length } = from
    let i = s[256]!
    let j = s[257]!
    for (let at = 0; at < length; at++) {
      i = (i + 1) & 255
      let a = s[i]!
      j = (j + a) & 255
      let b = s[j]!
      s[i] = b
      s[j] = a
      let word = s[(a + b) & 255]!
      i = (i + 1) & 255
      a = s[i]!
      j = (j + a) & 255
      b = s[j]!
      s[i] = b
      s[j] = a
      word |= s[(a + b) & 255]! << 8
      i = (i + 1) & 255
      a = s[i]!
      j = (j + a) & 255
      b = s[j]!
      s[i] = b
      s[j] = a
      word |= s[(a + b) & 255]! << 16
      i = (i + 1) & 255
      a = s[i]!
      j = (j + a) & 255
      b = s[j]!
      s[i] = b
      s[j] = a
      word |= s[(a + b) & 255]! << 24
      to[at] = from[at]! ^ word
    }
    s[256] = i
    s[257] = j
  }
}
