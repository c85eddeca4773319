import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { encodeKrpc } from './krpc.ts'
import { decodeKrpc } from './krpc-decode.ts'

const id = new Uint8Array(20).fill(5)
const transaction = Uint8Array.of(1, 2)
const contact = { id, address: '192.0.2.7', port: 6881 }
const contact6 = { id, address: '2001:db8::7', port: 6881 }
const item = {
  value: utf8('d1:ali1ei-2ee1:b3:xyze'),
  publicKey: new Uint8Array(32).fill(1),
  seq: 2n ** 60n,
  signature: new Uint8Array(64).fill(2),
}
const bloom = { seeds: new Uint8Array(256).fill(3), peers: new Uint8Array(256).fill(4) }
const sample = { names: [id, id], count: 7, intervalSeconds: 60 }
const query = { type: 'query', transaction, id } as const
const response = { type: 'response', transaction, id } as const

export const fuzz: FuzzTarget = {
  name: 'krpc',
  seeds: [
    encodeKrpc({ ...query, method: 'get_peers', target: id, want: [4, 6], scrape: true, noSeed: true }),
    encodeKrpc({ ...query, method: 'announce_peer', target: id, port: 1, token: id, impliedPort: true }),
    encodeKrpc({ ...query, method: 'put', token: id, salt: utf8('salt'), cas: 3n, ...item }),
    encodeKrpc({ ...query, method: 'sample_infohashes', target: id, readOnly: true }),
    encodeKrpc({ ...response, nodes: [contact, contact6], peers: [contact, contact6], seenAs: contact }),
    encodeKrpc({ ...response, nodes: [contact], peers: [], token: id, ...item }),
    encodeKrpc({ ...response, nodes: [], peers: [], bloom, sample }),
    encodeKrpc({ type: 'error', transaction, code: 203, message: 'Protocol Error' }),
  ],
  run(input: Uint8Array): void {
    try {
      encodeKrpc(decodeKrpc(input))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
