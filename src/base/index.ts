export { Bitfield } from './bitfield.ts'
export {
  compareBytes,
  concat,
  equalBytes,
  fromBase32,
  fromBase58,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase32,
  toBase58,
  toBase64url,
  toHex,
  utf8,
} from './bytes.ts'
export { crc32c } from './crc32c.ts'
export {
  type ErrorCode,
  type ErrorKind,
  errorTable,
  exitCodes,
  PeerageError,
  type PeerageErrorOptions,
} from './errors.ts'
export { blake3, type HashFunction, hmacSha256, sha1, sha256, sha512 } from './hash.ts'
export { parseCidr, parseIp } from './ip-address.ts'
export { IpRanges } from './ip-ranges.ts'
export type {
  AnyOperation,
  CommandShape,
  Operation,
  ResultKind,
  RunningService,
  RunOptions,
  StreamOperation,
  ValueOperation,
} from './operation.ts'
export { parseQuantity } from './quantity.ts'
export { z } from './schema.ts'
export { atOnce, sortBySteps } from './steps.ts'
export { TokenBucket } from './token-bucket.ts'
export { seededRandom, VirtualWorld } from './virtual-world.ts'
export { type Random, systemWorld, type Timer, type World } from './world.ts'
