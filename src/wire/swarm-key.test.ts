import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, utf8 } from '../base/index.ts'
import { fuzz } from './swarm-key.fuzz.ts'
import { decodeSwarmKey, encodeSwarmKey, maxSwarmKeyFileBytes } from './swarm-key.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Uint8Array.from(bytes))
const hex = '8405ba9c8e1b6c0d4ea2e3c92f41d5b4a7b0f7c3d2e1908f7e6d5c4b3a291800'

test('reads what it writes, and what others write', () => {
  fc.assert(
    fc.property(key, bytes => {
      expect(decodeSwarmKey(encodeSwarmKey(bytes))).toEqual(bytes)
      const base64 = Buffer.from(bytes).toString('base64')
      expect(decodeSwarmKey(utf8(`/key/swarm/psk/1.0.0/\r\n/base64/\r\n${base64}`))).toEqual(bytes)
      expect(decodeSwarmKey(concat([utf8('/key/swarm/psk/1.0.0/\n/bin/\n'), bytes]))).toEqual(bytes)
    }),
  )
  // As `ipfs-swarm-key-gen` writes it: without a line end.
  expect(decodeSwarmKey(utf8(`/key/swarm/psk/1.0.0/\n/base16/\n${hex.toUpperCase()}`))).toHaveLength(32)
})

test.each([
  ['nothing', ''],
  ['another tag', `/key/swarm/psk/2.0.0/\n/base16/\n${hex}\n`],
  ['another encoding', `/key/swarm/psk/1.0.0/\n/base58/\n${hex}\n`],
  ['a short key', `/key/swarm/psk/1.0.0/\n/base16/\n${hex.slice(2)}\n`],
  ['a long key', `/key/swarm/psk/1.0.0/\n/base16/\n${hex}00\n`],
  ['letters that are no digits', `/key/swarm/psk/1.0.0/\n/base16/\n${hex.replace('8', 'x')}\n`],
  ['a long file', `/key/swarm/psk/1.0.0/\n/base16/\n${hex}\n${'\n'.repeat(maxSwarmKeyFileBytes)}`],
])('%s is refused', (_what, text) => {
  expect(() => decodeSwarmKey(utf8(text))).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})

test('random and mutated files reveal no defect', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), input => fuzz.run(input)))
  const mutation = fc.record({ at: fc.nat(200), value: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(fc.constantFrom(...fuzz.seeds), fc.array(mutation, { maxLength: 4 }), (seed, mutations) => {
      const bytes = Uint8Array.from(seed)
      for (const { at, value } of mutations) bytes[at % bytes.length] = value
      fuzz.run(bytes)
    }),
  )
})
