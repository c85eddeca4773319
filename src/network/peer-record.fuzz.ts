import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { identityFromSeed } from '../access/index.ts'
import { PeerageError } from '../base/index.ts'
import { peerRecordLimits } from '../wire/index.ts'
import { openPeerRecord, signPeerRecord } from './peer-record.ts'

const identity = identityFromSeed(new Uint8Array(32).fill(1))

/** A record is refused or says what its peer signed, within its bounds. */
export const fuzz: FuzzTarget = {
  name: 'network/peer-record',
  seeds: [
    signPeerRecord(identity, { seq: 7, addresses: ['/ip4/203.0.113.7/tcp/4001', '/ip6/2001:db8::7/tcp/1'] }),
    signPeerRecord(identity, { seq: 0, addresses: [] }),
  ],
  run(input) {
    try {
      const { peer, addresses } = openPeerRecord(input)
      if (peer !== identity.peerId) throw new Error('somebody else signed')
      if (addresses.length > peerRecordLimits.addresses) throw new Error('too many addresses')
    } catch (error) {
      if (!(error instanceof PeerageError) || error.code !== 'statement.invalid') throw error
    }
  },
}
