import { concat, fromHex, PeerageError, sha1, toHex, utf8 } from '../base/index.ts'
import { Rc4 } from './rc4.ts'

/** Length of public keys and of the shared secret, in bytes. */
export const mseKeyBytes = 96
/** The specification: 128 to 160 bits; more adds nothing. */
const privateKeyBytes = 20
/** The first bytes of RC4's key stream tell of the key. */
const dropBytes = 1024

const prime = BigInt(
  '0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
)
const generator = 2n

/** A key pair for one connection. */
export interface MseKeys {
  readonly secret: bigint
  /** 96 bytes. */
  readonly public: Uint8Array
}

/** `random`: 20 bytes. Costs about 0.2 ms. */
export function mseKeys(random: Uint8Array): MseKeys {
  if (random.length !== privateKeyBytes) throw new TypeError('a private key has 20 bytes')
  const secret = toInteger(random)
  return { secret, public: toBytes(power(generator, secret)) }
}

/** What both sides know after each has the other's public key: 96 bytes. Costs about 0.3 ms. Throws `wire.invalid`. */
export function mseSharedSecret({ secret }: MseKeys, publicKey: Uint8Array): Uint8Array {
  const other = toInteger(publicKey)
  // With these the secret would not depend on our key.
  if (other <= 1n || other >= prime - 1n) throw new PeerageError('wire.invalid', 'This is no public key.')
  return toBytes(power(other, secret))
}

/** HASH('req2', SKEY): what whoever is dialled finds the swarm by. */
export function mseSwarmKey(name: Uint8Array): Uint8Array {
  return sha1(concat([utf8('req2'), name]))
}

/** HASH('req1', S): what the one who dialled ends its padding with. */
export function mseSync(secret: Uint8Array): Uint8Array {
  return sha1(concat([utf8('req1'), secret]))
}

/** Hides HASH('req2', SKEY), or finds it again: xor with HASH('req3', S). */
export function mseMasked(swarmKey: Uint8Array, secret: Uint8Array): Uint8Array {
  const mask = sha1(concat([utf8('req3'), secret]))
  return swarmKey.map((byte, i) => byte ^ mask[i]!)
}

/** The cipher of one direction: `keyA` from the one who dialled, `keyB` to it. */
export function mseCipher(side: 'keyA' | 'keyB', secret: Uint8Array, name: Uint8Array): Rc4 {
  return new Rc4(sha1(concat([utf8(side), secret, name])), dropBytes)
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}

function toBytes(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * mseKeyBytes, '0'))
}

/** Takes a time that depends on the exponent, which is used once. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}
