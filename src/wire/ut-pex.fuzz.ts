import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeUtPex, encodeUtPex } from './ut-pex.ts'

const flags = { encryption: true, seed: false, utp: true, holepunch: false, reachable: true }
const v4 = { address: '192.0.2.1', port: 6881 }
const v6 = { address: '2001:db8::1', port: 1 }

export const fuzz: FuzzTarget = {
  name: 'ut-pex',
  seeds: [
    encodeUtPex({ added: [{ ...v4, ...flags }], dropped: [v6] }),
    encodeUtPex({ added: [{ ...v6, ...flags, seed: true }], dropped: [v4, v6] }),
  ],
  run(input: Uint8Array): void {
    try {
      // `encodeUtPex` throws a TypeError for what goes beyond the bounds: that would be a defect.
      encodeUtPex(decodeUtPex(input))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
