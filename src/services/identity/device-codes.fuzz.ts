import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../../base/index.ts'
import { decodeConsent, decodeStatements, encodeConsent, encodeStatements } from './device-codes.ts'

/** A code is read as it was written, or refused as incomplete. */
export const fuzz: FuzzTarget = {
  name: 'device-codes',
  seeds: [encodeConsent(Uint8Array.of(1, 2, 3)), encodeStatements([utf8('one'), utf8('two')])].map(utf8),
  run(input: Uint8Array): void {
    const text = new TextDecoder().decode(input)
    for (const decode of [decodeConsent, decodeStatements])
      try {
        decode(text)
      } catch (error) {
        if (!(error instanceof PeerageError) || error.code !== 'usage.invalid') throw error
      }
  },
}
