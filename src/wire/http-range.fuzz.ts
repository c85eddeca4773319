import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { utf8 } from '../base/index.ts'
import { parseContentRange, parseRetryAfter } from './http-range.ts'

export const fuzz: FuzzTarget = {
  name: 'http-range',
  seeds: [
    utf8('bytes 0-499/1234'),
    utf8('bytes 42-1233/*'),
    utf8('120'),
    utf8('Wed, 21 Oct 2026 07:28:00 GMT'),
  ],
  run(input: Uint8Array): void {
    const text = new TextDecoder('latin1').decode(input)
    const range = parseContentRange(text)
    if (range !== undefined && !(range.first <= range.last && range.last < (range.size ?? Infinity)))
      throw new Error('a range that cannot be')
    const wait = parseRetryAfter(text, 0)
    if (wait !== undefined && !(wait >= 0 && wait <= 86_400_000)) throw new Error('a wait that cannot be')
  },
}
