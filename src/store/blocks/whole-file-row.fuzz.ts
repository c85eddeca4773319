import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { decodeRow, encodeRow, findInRow } from './whole-file-row.ts'

const files = Array.from({ length: 20 }, (_, i) => ({
  start: i * 2 ** 40,
  dag: 1 + (i % 3),
  file: i * i,
  length: 1 + i * 700,
}))

/** Whatever is taken for a row is read in bounds, and where it is one in order it is found in and written again. */
export const fuzz: FuzzTarget = {
  name: 'whole-file-row',
  seeds: [encodeRow(0, files), encodeRow(0, files.slice(0, 1)), encodeRow(0, [])],
  run(input) {
    const found = decodeRow(0, input)
    if (found.length > input.length * 8) throw new Error('a row has more files than bits')
    const { start } = found[0] ?? { start: 0 }
    if (found.length !== 0 && findInRow(0, input, start).length === 0)
      throw new Error('what is in a row is not found')
    const isUsual = found.every(file => Object.values(file).every(value => value < 2 ** 48))
    const isEachOnce = new Set(found.map(({ dag, file }) => `${dag} ${file}`)).size === found.length
    if (isUsual && isEachOnce && decodeRow(0, encodeRow(0, found)).length !== found.length)
      throw new Error('a row is not the same when it is written again')
  },
}
