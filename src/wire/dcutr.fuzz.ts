import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeDcutr, encodeDcutr } from './dcutr.ts'

const address = Uint8Array.of(4, 192, 0, 2, 1, 6, 15, 161)

export const fuzz: FuzzTarget = {
  name: 'dcutr',
  seeds: [
    encodeDcutr({ type: 'connect', addresses: [address, address], nat: 'hard', step: -2 }),
    encodeDcutr({ type: 'connect', addresses: [] }),
    encodeDcutr({ type: 'sync', addresses: [] }),
  ].map(bytes => bytes.subarray(1)),
  run(input) {
    try {
      encodeDcutr(decodeDcutr(input))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
