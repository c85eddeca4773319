import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import {
  decodeInviteGift,
  decodeInviteIntroduction,
  decodeInviteReport,
  encodeInviteGift,
  encodeInviteIntroduction,
  encodeInviteReport,
  packStatements,
  unpackStatements,
} from './invite-messages.ts'

const self = { name: 'bob', addresses: ['/ip4/192.0.2.1/tcp/1'] }

const roundTrips: readonly ((message: Uint8Array) => void)[] = [
  message => encodeInviteIntroduction(decodeInviteIntroduction(message)),
  message => encodeInviteGift(decodeInviteGift(message)),
  message => encodeInviteReport(decodeInviteReport(message)),
  message => packStatements(unpackStatements(message)),
]

export const fuzz: FuzzTarget = {
  name: 'invite-messages',
  seeds: [
    encodeInviteIntroduction({ wants: 'files', ...self }),
    encodeInviteGift({ kind: 'contact', ...self }),
    encodeInviteGift({
      kind: 'circle',
      ...self,
      circle: new Uint8Array(32),
      circleName: 'family',
      role: 'member',
      frames: 2,
    }),
    encodeInviteGift({
      kind: 'files',
      ...self,
      offers: [{ name: 'a', bytes: 3, files: 1, link: 'peerage:x' }],
    }),
    encodeInviteReport({ bytes: 1, totalBytes: 2, ended: 'no' }),
    ...packStatements([new Uint8Array(100), new Uint8Array(3)]),
  ],
  run(input) {
    for (const roundTrip of roundTrips)
      try {
        roundTrip(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
