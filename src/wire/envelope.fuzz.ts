import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError, utf8 } from '../base/index.ts'
import { decodeEnvelope, encodeEnvelope } from './envelope.ts'

const publicKey = new Uint8Array(32).fill(3)
const signature = new Uint8Array(64).fill(4)

export const fuzz: FuzzTarget = {
  name: 'envelope',
  seeds: [
    encodeEnvelope({
      publicKey,
      payloadType: utf8('/peerage/grant'),
      payload: utf8('d7:subject0:e'),
      signature,
    }),
    encodeEnvelope({ publicKey, payloadType: new Uint8Array(0), payload: new Uint8Array(300), signature }),
    encodeEnvelope({ publicKey, payloadType: new Uint8Array(0), payload: new Uint8Array(0), signature }),
  ],
  run(input: Uint8Array): void {
    try {
      if (!equalBytes(encodeEnvelope(decodeEnvelope(input)), input))
        throw new Error('an envelope has two encodings')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
