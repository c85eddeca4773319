import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { IpRanges, utf8 } from '../../base/index.ts'
import { parseFilterLine } from './filter-line.ts'

export const fuzz: FuzzTarget = {
  name: 'filter-line',
  seeds: [
    '001.009.096.105 - 001.009.096.105 , 000 , Some organization',
    'China: bad: 1.2.4.0-1.2.4.255',
    'name:2001:db8::-2001:db8::ffff',
    '192.0.2.0/24 ; SBL1',
    '2001:db8::/32',
  ].map(utf8),
  run(input: Uint8Array): void {
    const parsed = parseFilterLine(Buffer.from(input).toString('latin1'))
    if (parsed === 'none' || parsed === 'junk') return
    for (const word of [...parsed.first, ...parsed.last])
      if (!Number.isInteger(word) || word < 0 || word > 0xffffffff) throw new Error(`no word: ${word}`)
    const set = new IpRanges()
    set.add(parsed.first, parsed.last)
    for (const _ of set.build());
  },
}
