import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeMeetAnswer, decodeMeetRequest, encodeMeetAnswer, encodeMeetRequest } from './meet-frames.ts'

const roundTrips: readonly ((frame: Uint8Array) => void)[] = [
  frame => encodeMeetRequest(decodeMeetRequest(frame)),
  frame => encodeMeetAnswer(decodeMeetAnswer(frame)),
]

export const fuzz: FuzzTarget = {
  name: 'meet-frames',
  seeds: [
    encodeMeetRequest({ wants: 'wait', meeting: utf8('7') }),
    encodeMeetRequest({ wants: 'seek', meeting: new Uint8Array(16) }),
    encodeMeetAnswer(true),
  ].map(frame => frame.subarray(2)),
  run(input) {
    for (const roundTrip of roundTrips)
      try {
        roundTrip(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
