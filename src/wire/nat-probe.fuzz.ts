import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeNatProbe, encodeNatProbe } from './nat-probe.ts'

const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

export const fuzz: FuzzTarget = {
  name: 'nat-probe',
  seeds: [
    encodeNatProbe({ type: 'question', token }),
    encodeNatProbe({ type: 'answer', token, seen: { address: '192.0.2.1', port: 4001 } }),
    encodeNatProbe({ type: 'answer', token, seen: { address: '2001:db8::1', port: 1 } }),
  ],
  run(input) {
    try {
      const probe = decodeNatProbe(input)
      if (encodeNatProbe(probe).length > input.length) throw new Error('it grows')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
