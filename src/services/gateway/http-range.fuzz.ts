import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { utf8 } from '../../base/index.ts'
import { maxRanges, parseEntityBytes, readRanges, spanOf } from './http-range.ts'

const sizes = [0, 1, 31, 2 ** 40, Number.MAX_SAFE_INTEGER]

/** A header `Range` and a parameter `entity-bytes`: whatever they say, no byte is asked for that there is not, and none twice. */
export const fuzz: FuzzTarget = {
  name: 'gateway-http-range',
  seeds: [
    'bytes=0-4,20-22,5-9',
    'bytes=-3',
    'bytes=30-',
    'bytes= 6-16 , 0-4,',
    '512:-256',
    '-5:*',
    '0:*',
  ].map(utf8),
  run(input: Uint8Array): void {
    const text = Buffer.from(input).toString('latin1')
    for (const size of sizes) {
      const ranges = readRanges(text, size)
      const entity = parseEntityBytes(text)
      const span = entity && spanOf(entity, size)
      const spans = [...(Array.isArray(ranges) ? ranges : []), ...(span ? [span] : [])]
      for (const { from, to } of spans)
        if (!(from >= 0 && from <= to && to < size)) throw new Error(`${from}-${to} of ${size}`)
      if (!Array.isArray(ranges)) continue
      if (ranges.length === 0 || ranges.length > maxRanges) throw new Error(`${ranges.length} ranges`)
      const inOrder = ranges.toSorted((a, b) => a.from - b.from)
      if (inOrder.some(({ from }, i) => i > 0 && from <= inOrder[i - 1]!.to + 1))
        throw new Error('they touch')
    }
  },
}
