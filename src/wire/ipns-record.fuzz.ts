import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeIpnsRecord, encodeIpnsRecord, ipnsLimits } from './ipns-record.ts'

const sign = (): Uint8Array => new Uint8Array(64).fill(7)
const plain = { value: utf8('/ipfs/bafkqaddwgevxmmraojswg33smq'), sequence: 3n, ttl: 300_000_000_000n }

/** A record is read within its bounds or refused, and what was read is written and read again as it was. */
export const fuzz: FuzzTarget = {
  name: 'ipns-record',
  seeds: [
    encodeIpnsRecord({ ...plain, validUntil: 1_900_000_000_123_456_789n }, sign),
    encodeIpnsRecord(
      { ...plain, sequence: 2n ** 64n - 1n, validUntil: 0n, more: { _ih: new Uint8Array(20) } },
      sign,
    ),
  ],
  run(input) {
    try {
      const { value, validUntil, sequence, ttl, more, signed } = decodeIpnsRecord(input)
      if (signed.length > ipnsLimits.record + 15) throw new Error('it is too long')
      const again = decodeIpnsRecord(
        encodeIpnsRecord({ value, validUntil, sequence, ttl, ...(more && { more }) }, sign),
      )
      if (again.sequence !== sequence || again.validUntil !== validUntil || again.ttl !== ttl)
        throw new Error('it changed')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
