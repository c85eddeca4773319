import { concat, equalBytes, PeerageError, type Random } from '../base/index.ts'
import {
  type MseKeys,
  mseCipher,
  mseKeyBytes,
  mseKeys,
  mseMasked,
  mseSharedSecret,
  mseSwarmKey,
  mseSync,
} from './mse-keys.ts'
import type { Rc4 } from './rc4.ts'

/** How a connection goes on: enciphered, or open behind an enciphered beginning. */
export type MseMethod = 'rc4' | 'plain'

/** What both sides have agreed on. */
export interface Secured {
  readonly method: MseMethod
  /** The name of the swarm that both know, 20 bytes. */
  readonly name: Uint8Array
  /** What the other side said already, deciphered: at most 65,535 bytes; `method` counts from what comes behind it. */
  readonly said: Uint8Array
  readonly encrypt: Rc4
  readonly decrypt: Rc4
}

/** What a side does next: it sends, needs so many bytes, or skips bytes until it has read `find`. */
export type MseStep =
  | { readonly send: Uint8Array }
  | { readonly read: number }
  | { readonly find: Uint8Array; readonly within: number }

/**
 * One side of the handshake of Message Stream Encryption, sans-I/O: yields what it wants done, gets the bytes it asked for,
 * returns what was agreed on. Throws `wire.invalid` or `wire.limit`.
 */
export type MseScript = Generator<MseStep, Secured, Uint8Array>

/** The longest padding, in bytes ("PadA", ..., "PadD"). */
export const msePadding = 512

const vcBytes = 8
const hashBytes = 20
const methodBits: Readonly<Record<MseMethod, number>> = { plain: 0x01, rc4: 0x02 }

export interface MseDial {
  readonly random: Random
  /** The swarm, 20 bytes. */
  readonly name: Uint8Array
  /** What may follow. */
  readonly offer: readonly MseMethod[]
  /** What is said at once ("IA"): the handshake of BEP 3. */
  readonly say: Uint8Array
}

/** The side that opened the connection. */
export function* mseDial({ random, name, offer, say }: MseDial): MseScript {
  const keys = mseKeys(random.bytes(20))
  yield { send: concat([keys.public, padding(random)]) }
  const secret = mseSharedSecret(keys, yield { read: mseKeyBytes })
  const encrypt = mseCipher('keyA', secret, name)
  const decrypt = mseCipher('keyB', secret, name)
  const provide = offer.reduce((bits, method) => bits | methodBits[method], 0)
  const padC = padding(random)
  const open = concat([
    new Uint8Array(vcBytes),
    be(provide, 4),
    be(padC.length, 2),
    padC,
    be(say.length, 2),
    say,
  ])
  yield { send: concat([mseSync(secret), mseMasked(mseSwarmKey(name), secret), encrypt.apply(open)]) }
  // VC is all zero, so it looks like the key stream itself.
  yield { find: decrypt.apply(new Uint8Array(vcBytes)), within: msePadding + vcBytes }
  const head = decrypt.apply(yield { read: 6 })
  const method = offer.find(one => methodBits[one] === number(head, 0, 4))
  if (method === undefined) throw invalid('It chose a kind of encryption that was not offered.')
  decrypt.apply(yield { read: paddingLength(head, 4) })
  return { method, name, said: new Uint8Array(0), encrypt, decrypt }
}

export interface MseListen {
  readonly random: Random
  /** The 20-byte name of the swarm whose `mseSwarmKey` this is. */
  find(swarmKey: Uint8Array): Uint8Array | undefined
  /** What is taken, the best first. */
  readonly take: readonly MseMethod[]
}

/** The side that was dialled. It computes nothing costly before it has all of a public key. */
export function* mseListen({ random, find, take }: MseListen): MseScript {
  const publicKey = yield { read: mseKeyBytes }
  const keys: MseKeys = mseKeys(random.bytes(20))
  const secret = mseSharedSecret(keys, publicKey)
  yield { send: concat([keys.public, padding(random)]) }
  yield { find: mseSync(secret), within: msePadding + hashBytes }
  const name = find(mseMasked(yield { read: hashBytes }, secret))
  if (name === undefined) throw new PeerageError('peer.protocol', 'It wants content that is not here.')
  const decrypt = mseCipher('keyA', secret, name)
  const encrypt = mseCipher('keyB', secret, name)
  const head = decrypt.apply(yield { read: vcBytes + 6 })
  if (head.subarray(0, vcBytes).some(byte => byte !== 0)) throw invalid('What it enciphered makes no sense.')
  const provided = number(head, vcBytes, 4)
  const method = take.find(one => (provided & methodBits[one]) !== 0)
  if (method === undefined) throw invalid('It offers no kind of encryption that is taken here.')
  decrypt.apply(yield { read: paddingLength(head, vcBytes + 4) })
  const said = decrypt.apply(yield { read: number(decrypt.apply(yield { read: 2 }), 0, 2) })
  const padD = padding(random)
  const open = concat([new Uint8Array(vcBytes), be(methodBits[method], 4), be(padD.length, 2), padD])
  yield { send: encrypt.apply(open) }
  return { method, name, said, encrypt, decrypt }
}

/** Plays one side over bytes in any pieces. */
export class MseConversation {
  readonly #script: MseScript
  readonly #send: (bytes: Uint8Array) => void
  #step: IteratorResult<MseStep, Secured>
  #used = 0
  /** Where the search for the end of padding goes on. */
  #searched = 0

  constructor(script: MseScript, send: (bytes: Uint8Array) => void) {
    this.#script = script
    this.#send = send
    this.#step = script.next()
  }

  /** How many bytes of the stream belong to the handshake so far. */
  get used(): number {
    return this.#used
  }

  /** `bytes`: all that came since the beginning. Undefined: more is needed. Throws what the script throws. */
  read(bytes: Uint8Array): Secured | undefined {
    while (this.#step.done !== true) {
      const step = this.#step.value
      if ('send' in step) {
        this.#send(step.send)
        this.#step = this.#script.next(new Uint8Array(0))
        continue
      }
      const rest = bytes.subarray(this.#used)
      const length = 'read' in step ? step.read : this.#endOf(step.find, step.within, rest)
      if (length === undefined || rest.length < length) return undefined
      this.#used += length
      this.#searched = 0
      this.#step = this.#script.next(rest.slice(0, length))
    }
    return this.#step.value
  }

  /** Where the first `pattern` ends; undefined: it may still come. */
  #endOf(pattern: Uint8Array, within: number, bytes: Uint8Array): number | undefined {
    const last = Math.min(bytes.length, within) - pattern.length
    for (; this.#searched <= last; this.#searched++) {
      const end = this.#searched + pattern.length
      if (equalBytes(bytes.subarray(this.#searched, end), pattern)) return end
    }
    if (bytes.length >= within) throw invalid('Its padding does not end.')
    return undefined
  }
}

function padding(random: Random): Uint8Array {
  return random.bytes(random.below(msePadding + 1))
}

function paddingLength(bytes: Uint8Array, at: number): number {
  const length = number(bytes, at, 2)
  if (length > msePadding) throw new PeerageError('wire.limit', `It announces ${length} bytes of padding.`)
  return length
}

function number(bytes: Uint8Array, at: number, length: number): number {
  return bytes.subarray(at, at + length).reduce((sum, byte) => sum * 256 + byte, 0)
}

function be(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (value >>> (8 * (length - 1 - i))) & 255)
}

function invalid(message: string): PeerageError {
  return new PeerageError('wire.invalid', message)
}
