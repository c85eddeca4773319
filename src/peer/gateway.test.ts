import type { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { sha256, utf8 } from '../base/index.ts'
import { cidOfSha256, codecs } from '../content/index.ts'
import { isOf } from './gateway.ts'

const cidOf = (name: string): CID => cidOfSha256(sha256(utf8(name)), codecs.raw, 1)

test('the key to a content opens nothing that others gave, though it links there', () => {
  const contents: Readonly<Record<string, readonly string[]>> = {
    share: ['a'],
    'a file of it': ['a'],
    'a file of two': ['a', 'b'],
    'another share': ['b'],
  }
  const blocks = {
    contentsOf: (cid: CID) =>
      contents[Object.keys(contents).find(name => cidOf(name).equals(cid)) ?? ''] ?? [],
  }
  const opens = (root: string, block: string): boolean => isOf(blocks, cidOf(block), cidOf(root))
  expect(opens('share', 'a file of it')).toBe(true)
  expect(opens('another share', 'a file of two')).toBe(true)
  expect(opens('another share', 'a file of it')).toBe(false)
  expect(opens('share', 'cached')).toBe(false)
  expect(opens('cached', 'cached too')).toBe(true)
  expect(opens('cached', 'a file of it')).toBe(false)
})
