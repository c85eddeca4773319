import { expect, test } from 'vitest'
import { matchFiles } from './choice.ts'

const paths = ['a/one.mkv', 'a/b/two.mkv', 'a/b/three.txt', '*', 'a/*', 'ab/four']
const files = paths.map((path, index) => ({ index, path: path.split('/') }))
const named = (...wishes: string[]): number[] => [...matchFiles({ name: 'c', files }, wishes)].sort()

test('files, folders and patterns', () => {
  expect(named('a/one.mkv')).toEqual([0])
  expect(named('a/b', './ab/')).toEqual([1, 2, 5])
  expect(named('**.mkv')).toEqual([0, 1])
  expect(named('a/*.mkv', 'a/*/*.txt')).toEqual([0, 2])
})

test('what is called like a pattern is meant alone', () => {
  expect(named('*')).toEqual([3])
  expect(named('a/*')).toEqual([4])
})

test.each(['a/five', 'a/o', 'b', '', '*.iso'])('%s is nothing', wish => {
  expect(() => named('a', wish)).toThrow('has no file or folder')
})

test('no file is looked at where nothing is wished, and each once for its folder, however deep it is', () => {
  let looked = 0
  const counted = paths.map((path, index) => ({
    index,
    get path() {
      looked++
      return path.split('/')
    },
  }))
  expect(matchFiles({ name: 'c', files: counted }, []).size).toBe(0)
  expect(looked).toBe(0)
  expect(matchFiles({ name: 'c', files: counted }, ['a']).size).toBe(4)
  expect(looked).toBe(paths.length)
})
