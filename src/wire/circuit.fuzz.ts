import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import {
  circuitStatus,
  decodeHopMessage,
  decodeStopMessage,
  decodeVoucher,
  encodeHopMessage,
  encodeStopMessage,
  encodeVoucher,
} from './circuit.ts'

const peer = Uint8Array.of(0, 36, 8, 1, 18, 32, ...new Uint8Array(32))
const limit = { seconds: 120, bytes: 131_072 }

const roundTrips: readonly ((bytes: Uint8Array) => void)[] = [
  bytes => encodeHopMessage(decodeHopMessage(bytes)),
  bytes => encodeStopMessage(decodeStopMessage(bytes)),
  bytes => {
    if (!equalBytes(encodeVoucher(decodeVoucher(bytes)), bytes))
      throw new Error('a voucher has two encodings')
  },
]

export const fuzz: FuzzTarget = {
  name: 'circuit',
  seeds: [
    encodeHopMessage({ type: 'reserve' }),
    encodeHopMessage({ type: 'connect', peer }),
    encodeHopMessage({
      type: 'status',
      status: circuitStatus.ok,
      reservation: {
        expires: 1_800_000_000,
        addresses: [new Uint8Array(8), new Uint8Array(20)],
        voucher: new Uint8Array(100),
      },
      limit,
    }).subarray(1),
    encodeStopMessage({ type: 'connect', peer, limit }),
    encodeStopMessage({ type: 'status', status: circuitStatus.ok }),
    encodeVoucher({ relay: peer, peer, expires: 1_800_000_000 }),
  ].map((bytes, i) => (i === 5 ? bytes : bytes.subarray(1))),
  run(input) {
    for (const roundTrip of roundTrips)
      try {
        roundTrip(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
