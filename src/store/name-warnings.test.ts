import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameWarnings } from './name-warnings.ts'

test.each([
  ['holiday.mp4', []],
  ['Setup.EXE', ['runs']],
  ['photo.jpg.exe', ['disguised']],
  [`photo.jpg${' '.repeat(60)}.scr`, ['disguised']],
  ['song.mp3.exe. .', ['runs']],
  ['photo\u202egpj.exe', ['disguised', 'unseen']],
  ['invisible\u200b.txt', ['unseen']],
  ['con.txt', ['reserved']],
  [`${'a'.repeat(256)}.txt`, ['long']],
  ['.exe', ['runs']],
  ['archive.tar.gz', []],
])('%j: %j', (name, expected) => {
  expect(nameWarnings(['folder', name])).toEqual(expected)
})

test('what is marked as a program is one, and folders are looked at too', () => {
  expect(nameWarnings(['run'], { executable: true })).toEqual(['runs'])
  expect(nameWarnings(['a\u2066b', 'readme.txt'])).toEqual(['unseen'])
})

test('any name gets an answer, however long it is', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 8 }), path => {
      expect(Array.isArray(nameWarnings(path))).toBe(true)
    }),
  )
  expect(nameWarnings([`${'. '.repeat(1_000_000)}.exe`])).toContain('long')
})
