import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, utf8, type World } from '../base/index.ts'

const domain = utf8('CPaceRistretto255')
const keyDomain = utf8('CPaceRistretto255_ISK')
const macDomain = utf8('CPaceMac')
/** Input block of SHA-512, in bytes. */
const blockBytes = 128

type Point = InstanceType<typeof ristretto255.Point>

/** One side's message: its public share (32 bytes) and what it authenticates with it, such as its name. */
export interface CPaceMessage {
  readonly share: Uint8Array
  readonly data: Uint8Array
}

export interface CPaceInputs {
  /** What both know and nobody else should: a password. */
  readonly password: Uint8Array
  /** What both must see alike beside it: the purpose, the place of meeting. */
  readonly channel: Uint8Array
  /** Unique for the run where both have such a thing, else empty. */
  readonly session: Uint8Array
}

/** What a run gives. Both tags are known when the key is; the side's own is sent, the other's expected. */
export interface CPaceKey {
  /** ISK, 64 bytes: the same at both sides if and only if their inputs and messages were the same. */
  readonly key: Uint8Array
  /** Key confirmation of the initiator and of the responder, 64 bytes each. */
  readonly initiatorTag: Uint8Array
  readonly responderTag: Uint8Array
}

/**
 * One side of CPACE-RISTR255-SHA512 (draft-irtf-cfrg-cpace, version of April 2026), initiator and responder told apart: from a password
 * that could be guessed a key that cannot. Who does not know the password may try ONE with each run, and has to show the try.
 */
export class CPace {
  readonly own: CPaceMessage
  readonly #session: Uint8Array
  #scalar: bigint | undefined

  /** `scalar` only in tests with the vectors of the draft. */
  constructor(world: World, inputs: CPaceInputs, data: Uint8Array, scalar: bigint = randomScalar(world)) {
    this.#session = inputs.session
    this.#scalar = scalar
    this.own = { share: generator(inputs).multiply(scalar).toBytes(), data }
  }

  /** As the initiator, from the responder's message. Undefined when that is no proper message: the run must end. */
  initiate(theirs: CPaceMessage): CPaceKey | undefined {
    return this.#finish(theirs, this.own, theirs)
  }

  /** As the responder, from the initiator's message. */
  respond(theirs: CPaceMessage): CPaceKey | undefined {
    return this.#finish(theirs, theirs, this.own)
  }

  /** Works once: a scalar that is used twice would allow two tries for one. */
  #finish(theirs: CPaceMessage, a: CPaceMessage, b: CPaceMessage): CPaceKey | undefined {
    const scalar = this.#scalar
    if (scalar === undefined) throw new TypeError('a run of CPace was finished before')
    this.#scalar = undefined
    const secret = multiplyVerified(scalar, theirs.share)
    if (secret === undefined) return undefined
    const key = sha512(
      concat([lengthy(keyDomain, this.#session, secret), lengthy(a.share, a.data, b.share, b.data)]),
    )
    const macKey = sha512(concat([macDomain, this.#session, key]))
    const tag = ({ share, data }: CPaceMessage): Uint8Array => hmac(sha512, macKey, lengthy(share, data))
    return { key, initiatorTag: tag(a), responderTag: tag(b) }
  }
}

/** `scalar_mult_vfy`: undefined stands for the neutral element, on which the protocol must end. */
export function multiplyVerified(scalar: bigint, encoded: Uint8Array): Uint8Array | undefined {
  let point: Point
  try {
    point = ristretto255.Point.fromBytes(encoded)
  } catch {
    return undefined
  }
  // The group has prime order: only the neutral element leads to the neutral element.
  return point.is0() ? undefined : point.multiply(scalar).toBytes()
}

/** `calculate_generator`. */
export function generator({ password, channel, session }: CPaceInputs): Point {
  const padding = Math.max(0, blockBytes - withLength(password).length - withLength(domain).length - 1)
  const text = lengthy(domain, password, new Uint8Array(padding), channel, session)
  return ristretto255_hasher.deriveToCurve!(sha512(text)) as Point
}

/** Uniform between 1 and the order of the group less 1. */
function randomScalar({ random }: World): bigint {
  let value = 0n
  for (const byte of random.bytes(64)) value = (value << 8n) | BigInt(byte)
  return (value % (ristretto255.Point.Fn.ORDER - 1n)) + 1n
}

/** `lv_cat`. */
function lengthy(...parts: readonly Uint8Array[]): Uint8Array {
  return concat(parts.map(withLength))
}

/** `prepend_len`: the length in LEB128 first. */
function withLength(bytes: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = bytes.length
  for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128)
  return concat([Uint8Array.of(...length, rest), bytes])
}
