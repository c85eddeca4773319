import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { equalSecretly, swarmProof } from './proof.ts'

test('the proof is the code that the decision 003 describes', () => {
  const secret = new Uint8Array(32).fill(1)
  const infoHash = new Uint8Array(32).fill(2)
  const expected = createHmac('sha256', secret)
    .update('peerage swarm proof 1')
    .update(infoHash)
    .update('\u0003abc\u0002de')
    .digest()
  expect(Buffer.from(swarmProof(secret, infoHash, 'abc', 'de')).equals(expected)).toBe(true)
})

test('where one id ends and the other begins matters', () => {
  const bytes = new Uint8Array(32)
  expect(swarmProof(bytes, bytes, 'ab', 'c')).not.toEqual(swarmProof(bytes, bytes, 'a', 'bc'))
})

test('equality, also of different lengths', () => {
  expect(equalSecretly(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(equalSecretly(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equalSecretly(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
})
