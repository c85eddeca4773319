import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { DelimitedReader, encodeDelimited } from './delimited.ts'
import { decodeKademlia, encodeKademlia, type KademliaPeer, kademliaLimits } from './kademlia.ts'

const key = utf8('a key')
const peer: KademliaPeer = {
  id: new Uint8Array(38),
  addresses: [Uint8Array.of(4, 127, 0, 0, 1, 6, 15, 161)],
  connection: 'can-connect',
}
const record = { key, value: new Uint8Array(300), received: '2026-01-01T00:00:00Z' }

/** What is decoded can be encoded and decoded again, to the same. */
function run(input: Uint8Array): void {
  try {
    for (const frame of new DelimitedReader(kademliaLimits.questionBytes).push(input)) {
      const once = encodeKademlia(decodeKademlia(frame))
      const twice = encodeKademlia(decodeKademlia(once))
      if (once.join() !== twice.join()) throw new Error('a message changes when it is passed on')
    }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'kademlia',
  seeds: [
    encodeDelimited(encodeKademlia({ type: 'PING', key: new Uint8Array(0), closer: [], providers: [] })),
    encodeDelimited(encodeKademlia({ type: 'PUT_VALUE', key, record, closer: [], providers: [] })),
    concat([
      encodeDelimited(encodeKademlia({ type: 'FIND_NODE', key, closer: [peer, peer], providers: [] })),
      encodeDelimited(encodeKademlia({ type: 'GET_PROVIDERS', key, closer: [peer], providers: [peer] })),
    ]),
  ],
  run,
}
