import { expect, test } from 'vitest'
import { type FileRow, treeRows } from './file-tree.ts'

const file = (index: number, path: string, more: Partial<FileRow> = {}): FileRow => ({
  ...{ index, path, size: 10, bytes: 5, priority: 'normal' as const },
  ...more,
})
const seen = (files: readonly FileRow[], folds: ReadonlyMap<string, boolean> = new Map()): string[] =>
  treeRows(files, folds).map(row => `${'-'.repeat(row.level)}${row.name}`)

const some = [
  file(0, 'a/b/one'),
  file(1, 'a/two', { priority: 'skip' }),
  file(2, 'three'),
  file(3, 'a/b/four'),
]

test('folders stand where their first file does, with what is in them', () => {
  expect(seen(some)).toEqual(['-a', '--b', '---one', '---four', '--two', '-three'])
  const [a, b] = treeRows(some, new Map())
  expect(a).toMatchObject({ path: 'a', files: 3, size: 30, bytes: 15, skipped: 1, priority: undefined })
  expect(b).toMatchObject({ path: 'a/b', files: 2, priority: 'normal' })
})

test('what is in closed folders is not seen, but counted', () => {
  expect(seen(some, new Map([['a/b', false]]))).toEqual(['-a', '--b', '--two', '-three'])
  expect(seen(some, new Map([['a', false]]))).toEqual(['-a', '-three'])
})

test('many files begin closed', () => {
  const many = Array.from({ length: 60_000 }, (_, i) => file(i, `d${i % 600}/f${i}`))
  expect(seen(many)).toHaveLength(600)
  expect(seen(many, new Map([['d7', true]]))).toHaveLength(700)
})

test('a priority in common is told for any order of files', () => {
  const mixed = [file(0, 'x/a', { priority: 'high' }), file(1, 'x/b'), file(2, 'x/c', { priority: 'high' })]
  expect(treeRows(mixed, new Map())[0]).toMatchObject({ priority: undefined })
})
