import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { binaryString } from './bencoded.ts'
import { decodeTrackerQuery } from './http-tracker-server.ts'
import { encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape } from './udp-tracker.ts'
import { decodeUdpTrackerRequest } from './udp-tracker-server.ts'

const hash = new Uint8Array(20).fill(9)

export const fuzz: FuzzTarget = {
  name: 'tracker-requests',
  seeds: [
    utf8(
      'info_hash=%00%ffaaaaaaaaaaaaaaaaaa&port=6881&left=0&event=started&numwant=5&compact=0&ip=192.0.2.1',
    ),
    utf8('info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=bbbbbbbbbbbbbbbbbbbb'),
    encodeUdpConnect(7),
    encodeUdpAnnounce(
      5n,
      9,
      { infoHash: hash, peerId: hash, port: 1, uploaded: 1, downloaded: 2, left: 3, wanted: 4, key: 5 },
      '/announce',
    ),
    encodeUdpScrape(5n, 9, [hash, hash]),
  ],
  run(input: Uint8Array): void {
    const request = decodeUdpTrackerRequest(input)
    if (request?.type === 'announce' && request.infoHash.length !== 20) throw new Error('short hash')
    try {
      const { infoHashes } = decodeTrackerQuery(binaryString(input.subarray(0, 65_536)))
      if (infoHashes.some(one => one.length !== 20) || infoHashes.length > 74) throw new Error('wrong hashes')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
