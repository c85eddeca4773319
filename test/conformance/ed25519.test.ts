import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verify } from '../../src/access/index.ts'
import { fromHex } from '../../src/base/index.ts'

interface Case {
  readonly id: number
  readonly key: string
  readonly message: string
  readonly signature: string
  readonly valid: boolean
  readonly flags: readonly string[]
}

/** All cases of Wycheproof's `ed25519_test.json`; where they come from stands in the file. */
const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'ed25519-vectors.json'), 'utf8')) as {
  readonly cases: readonly Case[]
}

describe('Ed25519 as Wycheproof tests it', () => {
  test('no case is missing, and each trap is there', () => {
    expect(cases.map(({ id }) => id)).toEqual(Array.from({ length: 151 }, (_, i) => i + 1))
    const traps = new Set(cases.filter(({ valid }) => !valid).flatMap(({ flags }) => flags))
    for (const trap of [
      'SignatureMalleability',
      'InvalidEncoding',
      'TruncatedSignature',
      'SignatureWithGarbage',
    ])
      expect(traps).toContain(trap)
  })

  test.each(cases)('case $id, $flags', ({ key, message, signature, valid }) => {
    expect(verify(fromHex(key), fromHex(message), fromHex(signature))).toBe(valid)
  })
})
