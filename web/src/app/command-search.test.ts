import { expect, test } from 'vitest'
import { type Command, findCommands } from './command-search.ts'

const commands: readonly Command[] = ['Transfers', 'Summer in the Alps', 'Library', 'Alps'].map(label => ({
  id: label,
  group: 'pages',
  label,
  icon: 'file',
  run: () => undefined,
}))
const found = (search: string, most?: number): string[] =>
  findCommands(commands, search, most).map(({ label }) => label)

test('every word must be in the label, and what begins with the search comes first', () => {
  expect(found('alps')).toEqual(['Alps', 'Summer in the Alps'])
  expect(found('ALPS sum')).toEqual(['Summer in the Alps'])
  expect(found('nothing')).toEqual([])
})

test('no search finds all, up to a bound', () => {
  expect(found('')).toHaveLength(4)
  expect(found('', 2)).toHaveLength(2)
})
