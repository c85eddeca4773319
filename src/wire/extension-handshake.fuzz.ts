import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeExtensionHandshake, encodeExtensionHandshake } from './extension-handshake.ts'

export const fuzz: FuzzTarget = {
  name: 'extension-handshake',
  seeds: [
    encodeExtensionHandshake({
      messages: { ut_metadata: 1, pg_peers: 2 },
      metadataSize: 12_345,
      requestQueue: 500,
      clientVersion: 'Peerage 0.1',
      uploadOnly: true,
      yourIp: Uint8Array.of(127, 0, 0, 1),
      port: 6881,
      maxRequestBytes: 1_048_576,
    }),
    utf8('d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\u00b5Torrent 1.2e'),
  ],
  run(input: Uint8Array): void {
    try {
      // What was accepted can be said again, and is understood the same way.
      const once = encodeExtensionHandshake(decodeExtensionHandshake(input))
      decodeExtensionHandshake(once)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
