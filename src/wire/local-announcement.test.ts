import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../base/index.ts'
import { decodeLocalAnnouncement, encodeLocalAnnouncement, maxLocalNames } from './local-announcement.ts'

const host = '239.192.152.143:6771'
const nameOf = fc.uint8Array({ minLength: 20, maxLength: 20 })
const announcement = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  names: fc.array(nameOf, { minLength: 1, maxLength: maxLocalNames }),
  cookie: fc.option(fc.stringMatching(/^[!-~]{1,64}$/), { nil: undefined }),
})
const hash = 'a7'.repeat(20)
const packet = (...lines: string[]): Uint8Array => utf8(`${lines.join('\r\n')}\r\n\r\n\r\n`)

it('what is written is read, and fits in a packet', () => {
  fc.assert(
    fc.property(announcement, said => {
      const bytes = encodeLocalAnnouncement('[ff15::efc0:988f]:6771', said)
      expect(bytes.length).toBeLessThanOrEqual(1_400)
      expect(decodeLocalAnnouncement(bytes)).toEqual(JSON.parse(JSON.stringify(said), revive))
    }),
  )
})

it('is what the BEP shows', () => {
  const names = [new Uint8Array(20).fill(0xa7)]
  expect(encodeLocalAnnouncement(host, { port: 6881, names, cookie: 'x' })).toEqual(
    packet('BT-SEARCH * HTTP/1.1', `Host: ${host}`, 'Port: 6881', `Infohash: ${hash}`, 'cookie: x'),
  )
})

it('takes other spellings, and what it does not know', () => {
  const bytes = packet('bt-search * http/1.1', 'X-New: 1', 'PORT:1', `infohash:  ${hash.toUpperCase()}`)
  expect(decodeLocalAnnouncement(bytes)).toEqual({ port: 1, names: [new Uint8Array(20).fill(0xa7)] })
})

describe('refuses', () => {
  const good = ['BT-SEARCH * HTTP/1.1', 'Port: 6881', `Infohash: ${hash}`]
  it.each([
    ['another protocol', packet('M-SEARCH * HTTP/1.1', ...good.slice(1))],
    ['no port', packet(good[0]!, good[2]!)],
    ['port 0', packet(good[0]!, 'Port: 0', good[2]!)],
    ['port 65536', packet(good[0]!, 'Port: 65536', good[2]!)],
    ['no name', packet(...good.slice(0, 2))],
    ['a short name', packet(...good.slice(0, 2), `Infohash: ${hash.slice(2)}`)],
    ['a line that is no header', packet(...good, 'hello')],
    ['no end', utf8(good.join('\r\n'))],
    ['more names than fit', packet(...good, ...Array.from({ length: 36 }, () => good[2]!))],
  ])('%s', (_, bytes) => {
    expect(() => decodeLocalAnnouncement(bytes)).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
  })

  it('what is too long', () => {
    const bytes = packet(...good, `X: ${'x'.repeat(2_048)}`)
    expect(() => decodeLocalAnnouncement(bytes)).toThrow(expect.objectContaining({ code: 'wire.limit' }))
  })
})

it('never fails otherwise', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(() => decodeLocalAnnouncement(bytes)).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
    }),
  )
})

/** Typed arrays become objects in JSON; undefined is left out there as by the decoder. */
function revive(key: string, value: unknown): unknown {
  return key === 'names' ? (value as object[]).map(name => Uint8Array.from(Object.values(name))) : value
}
