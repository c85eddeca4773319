import { expect, test } from 'vitest'
import { type Step, stepsOf } from './queue-steps.ts'

/** The queue after the steps, as the daemon takes them: out of it, and in again at that place. */
function after(queue: string, chosen: string, to: Step): string {
  const all = [...queue].map((infoHash, position) => ({ infoHash, position }))
  const ids = [...queue]
  for (const { id, position } of stepsOf([...all, { infoHash: '-' }].reverse(), new Set(chosen), to)) {
    ids.splice(ids.indexOf(id), 1)
    ids.splice(Math.min(position, ids.length), 0, id)
  }
  return ids.join('')
}

test.each<[chosen: string, to: Step, queue: string]>([
  ['d', 'first', 'dabce'],
  ['bd', 'first', 'bdace'],
  ['bd', 'last', 'acebd'],
  ['c', 'up', 'acbde'],
  ['ab', 'up', 'abcde'],
  ['abe', 'up', 'abced'],
  ['c', 'down', 'abdce'],
  ['de', 'down', 'abcde'],
  ['ace', 'down', 'badce'],
  ['a', { placeOf: 'd' }, 'bcdae'],
  ['e', { placeOf: 'b' }, 'aebcd'],
  ['ab', { placeOf: 'd' }, 'cdabe'],
  ['de', { placeOf: 'a' }, 'deabc'],
  ['ae', { placeOf: 'c' }, 'bcaed'],
  ['-', 'first', 'abcde'],
  ['a', { placeOf: '-' }, 'abcde'],
])('%s %j', (chosen, to, queue) => {
  expect(after('abcde', chosen, to)).toBe(queue)
})
