import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import { decodeNatPmpAnswer, natPmpProblem } from './nat-pmp.ts'

export const fuzz: FuzzTarget = {
  name: 'network/nat-pmp',
  seeds: [
    Uint8Array.of(0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7),
    Uint8Array.of(0, 130, 0, 0, 0, 0, 0, 9, 15, 161, 15, 161, 0, 0, 14, 16),
    Uint8Array.of(0, 129, 0, 2, 0, 0, 0, 9, 15, 161, 0, 0, 0, 0, 0, 0),
  ],
  run(input) {
    try {
      const answer = decodeNatPmpAnswer(input)
      if (natPmpProblem(answer.result).length > 200) throw new Error('too much to say')
      if (answer.kind === 'address' && answer.result === 0 && answer.externalAddress.split('.').length !== 4)
        throw new Error('no address')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
