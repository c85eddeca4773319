import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeKrpc, encodeKrpc } from './krpc.ts'

const id = new Uint8Array(20).fill(5)
const transaction = Uint8Array.of(1, 2)
const contact = { id, address: '192.0.2.7', port: 6881 }

export const fuzz: FuzzTarget = {
  name: 'krpc',
  seeds: [
    encodeKrpc({ type: 'query', transaction, method: 'get_peers', id, target: id, want: [4, 6] }),
    encodeKrpc({ type: 'query', transaction, method: 'announce_peer', id, target: id, port: 1, token: id }),
    encodeKrpc({ type: 'response', transaction, id, nodes: [contact], peers: [contact], seenAs: contact }),
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
