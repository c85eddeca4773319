import { PeerageError, utf8, type World } from '../../base/index.ts'
import { type NameTarget, parseName, routingKeyOfName } from '../../content/index.ts'
import type { Validators } from '../../network/index.ts'
import { decodeIpnsRecord, type IpnsRecord } from '../../wire/index.ts'
import { isKeyOf, isSignedBy } from './record-key.ts'
import { targetOf } from './record-target.ts'

/** A record of a name whose signature was checked, and that holds now. */
export interface OpenedRecord {
  readonly bytes: Uint8Array
  readonly target: NameTarget
  readonly sequence: bigint
  /** World.wallTime() */
  readonly validUntil: number
  readonly ttlMs: number
}

const nanosPerMs = 1_000_000n
const maxMs = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The record of a name in `bytes` ("Record Verification"). Throws `wire.invalid`, `wire.limit`, and `name.refused` for one by another
 * key, one that has expired, and one that points nowhere.
 */
export function openRecord(name: Uint8Array, bytes: Uint8Array, wallTime: number): OpenedRecord {
  const record = decodeIpnsRecord(bytes)
  if (!isSignedBy(name, record.publicKey, record.signed, record.signature))
    throw refused('somebody else than its owner signed it')
  if (hasExpired(record, wallTime)) throw refused('it has expired')
  return {
    bytes: bytes.slice(),
    target: targetOf(record),
    sequence: record.sequence,
    validUntil: inMs(record.validUntil),
    ttlMs: inMs(record.ttl),
  }
}

/** Negative: `a` is the one that holds; the higher number, or the later end of one that was put again. */
export function compareRecords(
  a: Pick<IpnsRecord, 'sequence' | 'validUntil'>,
  b: Pick<IpnsRecord, 'sequence' | 'validUntil'>,
): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1
  if (a.validUntil === b.validUntil) return 0
  return a.validUntil > b.validUntil ? -1 : 1
}

/** What may stand in the Kademlia network of IPFS: records of names, and public keys under their hash. */
export function recordValidators(world: World): Validators {
  const nameIn = (key: Uint8Array): Uint8Array => key.subarray(ipnsHead)
  return {
    ipns: {
      isValid: (key, value) => {
        try {
          const record = decodeIpnsRecord(value)
          return (
            isSignedBy(nameIn(key), record.publicKey, record.signed, record.signature) &&
            !hasExpired(record, world.wallTime())
          )
        } catch (error) {
          if (error instanceof PeerageError) return false
          throw error
        }
      },
      compare: (a, b) => compareRecords(decodeIpnsRecord(a), decodeIpnsRecord(b)),
    },
    pk: {
      isValid: (key, value) => value.length <= maxKeyBytes && isKeyOf(key.subarray(keyHead), value),
      compare: () => 0,
    },
  }
}

const ipnsHead = routingKeyOfName(new Uint8Array(0)).length
const keyHead = utf8('/pk/').length
const maxKeyBytes = 2_048

function hasExpired({ validUntil }: IpnsRecord, wallTime: number): boolean {
  return validUntil <= BigInt(Math.floor(wallTime)) * nanosPerMs
}

function inMs(nanos: bigint): number {
  const ms = nanos / nanosPerMs
  return Number(ms > maxMs ? maxMs : ms)
}

export function refused(why: string): PeerageError {
  return new PeerageError('name.refused', `This name is refused: ${why}.`)
}

/** The multihash in the text of a key's name. */
export function multihashOf(name: string): Uint8Array {
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new TypeError('The name is not that of a key.')
  return parsed.multihash
}
