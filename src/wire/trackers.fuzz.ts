import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeAnnounceReply, decodeScrapeReply } from './http-tracker.ts'
import { decodeUdpTrackerReply } from './udp-tracker.ts'

export const fuzz: FuzzTarget = {
  name: 'trackers',
  seeds: [
    utf8('d8:completei1e10:incompletei2e8:intervali1800e5:peers12:aaaabbccccdde'),
    utf8('d14:failure reason4:nonee'),
    utf8('d8:intervali60e5:peersld2:ip9:192.0.2.14:porti1eeee'),
    utf8('d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1eeee'),
    Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 7, 8, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8),
    Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3),
    Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 9, 110, 111),
  ],
  run(input: Uint8Array): void {
    for (const decode of [
      decodeAnnounceReply,
      decodeScrapeReply,
      (bytes: Uint8Array) => decodeUdpTrackerReply(bytes, 4),
      (bytes: Uint8Array) => decodeUdpTrackerReply(bytes, 6),
    ])
      try {
        decode(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
