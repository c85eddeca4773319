import { expect, test } from 'vitest'
import { isOf } from './gateway.ts'

test('the key to a content opens nothing that others gave, though it links there', () => {
  const contents: Readonly<Record<string, readonly string[]>> = {
    share: ['a'],
    'a file of it': ['a'],
    'a file of two': ['a', 'b'],
    'another share': ['b'],
  }
  const contentsOf = (name: string): readonly string[] => contents[name] ?? []
  const opens = (root: string, block: string): boolean =>
    isOf({ contents: contentsOf(block) }, contentsOf(root))
  expect(opens('share', 'a file of it')).toBe(true)
  expect(opens('another share', 'a file of two')).toBe(true)
  expect(opens('another share', 'a file of it')).toBe(false)
  expect(opens('share', 'cached')).toBe(false)
  expect(opens('cached', 'cached too')).toBe(true)
  expect(opens('cached', 'a file of it')).toBe(false)
})
