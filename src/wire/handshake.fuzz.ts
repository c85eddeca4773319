import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeHandshake, encodeHandshake } from './handshake.ts'

const twenty = new Uint8Array(20).fill(9)
const flags = { fast: true, extended: true, dht: true, v2: true }

export const fuzz: FuzzTarget = {
  name: 'handshake',
  seeds: [encodeHandshake({ infoHash: twenty, peerId: twenty, flags })],
  run(input: Uint8Array): void {
    try {
      const hello = decodeHandshake(input)
      if (hello !== undefined) encodeHandshake(hello)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
