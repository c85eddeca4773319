import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeHolepunch, encodeHolepunch } from './holepunch.ts'

const v4 = { address: '192.0.2.1', port: 6881 }
const v6 = { address: '2001:db8::1', port: 1 }

export const fuzz: FuzzTarget = {
  name: 'holepunch',
  seeds: [
    encodeHolepunch({ type: 'rendezvous', endpoint: v4 }),
    encodeHolepunch({ type: 'connect', endpoint: v6 }),
    encodeHolepunch({ type: 'error', endpoint: v4, error: 'no-support' }),
  ],
  run(input: Uint8Array): void {
    try {
      const message = decodeHolepunch(input)
      if (message !== undefined) encodeHolepunch(message)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
