import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { decodeWhereabouts, encodeWhereabouts, whereaboutsLimits } from './whereabouts.ts'

const id = new Uint8Array(8).fill(1)
const topic = new Uint8Array(32).fill(2)
const record = new Uint8Array(150).fill(3)

/** A message is read within its bounds or refused; what was read is written and read again as the same. */
export const fuzz: FuzzTarget = {
  name: 'whereabouts',
  seeds: [
    encodeWhereabouts({ type: 'find', id, hops: 16, topics: [topic], records: [] }),
    encodeWhereabouts({ type: 'found', id, hops: 0, topics: [], records: [record, record] }),
    encodeWhereabouts({ type: 'shuffle', id: new Uint8Array(0), hops: 0, topics: [], records: [record] }),
  ],
  run(input) {
    try {
      const read = decodeWhereabouts(input)
      if (read.records.length > whereaboutsLimits.records) throw new Error('too many records')
      if (read.topics.length > whereaboutsLimits.topics) throw new Error('too many topics')
      const written = encodeWhereabouts(read)
      if (!equalBytes(encodeWhereabouts(decodeWhereabouts(written)), written)) throw new Error('it changed')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
