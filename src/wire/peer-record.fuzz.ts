import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodePeerRecord, encodePeerRecord, peerRecordLimits } from './peer-record.ts'

const peer = Uint8Array.of(0, 36, 8, 1, 18, 32, ...new Uint8Array(32).fill(9))
const address = Uint8Array.of(4, 10, 0, 0, 1, 6, 0, 80)

/** A record is read within its bounds or refused, and what was read is written and read again as it was. */
export const fuzz: FuzzTarget = {
  name: 'peer-record',
  seeds: [
    encodePeerRecord({ peer, seq: 1_700_000_000_000, addresses: [address, address] }),
    encodePeerRecord({ peer, seq: 0, addresses: [] }),
  ],
  run(input) {
    try {
      const read = decodePeerRecord(input)
      if (read.addresses.length > peerRecordLimits.addresses) throw new Error('too many addresses')
      const again = decodePeerRecord(encodePeerRecord(read))
      if (JSON.stringify(again) !== JSON.stringify(read)) throw new Error('it changed')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
