import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import {
  decodeMeetAnswer,
  decodeMeetRequest,
  encodeMeetAnswer,
  encodeMeetRequest,
  maxMeetBytes,
} from './meet-frames.ts'

it('reads what it writes', () => {
  for (const wants of ['wait', 'seek'] as const) {
    const request = { wants, meeting: utf8('42') }
    expect(decodeMeetRequest(encodeMeetRequest(request).subarray(2))).toEqual(request)
  }
  for (const ok of [true, false]) expect(decodeMeetAnswer(encodeMeetAnswer(ok).subarray(2))).toBe(ok)
})

it.each<[string, Readonly<Record<string, Encodable>>]>([
  ['another version', { v: 2 }],
  ['another wish', { w: 'list' }],
  ['no meeting', { m: '' }],
  ['a long meeting', { m: new Uint8Array(17) }],
  ['too much', { x: new Uint8Array(maxMeetBytes) }],
])('refuses a request with %s', (_what, change) => {
  const frame = encode(dictionary({ v: 1, w: 'wait', m: '7', ...change }))
  expect(() => decodeMeetRequest(frame)).toThrow(PeerageError)
})

it('throws nothing else for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 160 }), bytes => {
      for (const decode of [decodeMeetRequest, decodeMeetAnswer])
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof PeerageError)) throw error
        }
    }),
  )
})
