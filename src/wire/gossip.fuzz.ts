import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError, toHex } from '../base/index.ts'
import { decodeGossip, encodeGossip, gossipFrameReader, gossipLimits } from './gossip.ts'

const digest = new Uint8Array(32).fill(6)
const topic = `circle:${toHex(digest)}`

/** What is decoded can be encoded again: otherwise a bound is missing on one side. */
function run(input: Uint8Array): void {
  try {
    let rest = input
    while (rest.length > 0) {
      const { consumed, frame } = gossipFrameReader().push(rest)
      if (frame === undefined) return
      if (frame.length > gossipLimits.frameBytes) throw new Error('a frame is too long')
      encodeGossip(decodeGossip(frame))
      rest = rest.subarray(consumed)
    }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'gossip',
  seeds: [
    encodeGossip({ type: 'have', topics: new Map([[topic, digest]]) }),
    encodeGossip({ type: 'want', topic, ids: [toHex(digest), toHex(digest)] }),
    encodeGossip({ type: 'tell', topic: 'person:12D3KooW', statements: [new Uint8Array(200), digest] }),
    concat([
      encodeGossip({ type: 'where', peers: new Map([['12D3KooW', ['/ip4/192.0.2.1/tcp/4001']]]) }),
      encodeGossip({ type: 'have', topics: new Map() }),
    ]),
  ],
  run,
}
