import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import { encodeAnnouncement, query, understand } from './announcement.ts'

const peer = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'

/** Any packet is understood or refused, and what is understood is bounded. */
export const fuzz: FuzzTarget = {
  name: 'network/mdns-announcement',
  seeds: [
    query,
    encodeAnnouncement('x'.repeat(32), [
      `/ip4/192.168.1.7/tcp/4001/p2p/${peer}`,
      `/ip6/fd00::7/tcp/4001/p2p/${peer}`,
    ]),
  ],
  run(input) {
    try {
      const heard = understand(input)
      if (heard?.kind === 'announcement' && heard.addresses.length > 16) throw new Error('too many addresses')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
