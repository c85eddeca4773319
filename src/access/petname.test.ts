import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { checkPetname, looksOf, maxPetnameLength } from './petname.ts'

function alike(a: string, b: string): boolean {
  const [small, capital] = looksOf(a)
  const [otherSmall, otherCapital] = looksOf(b)
  return small === otherSmall || capital === otherCapital
}

describe('petnames', () => {
  test.each([
    ['Ann', 'ANN'],
    ['Ann', 'Änn'],
    ['Ann', '\u0410nn'],
    ['Alice', 'A1ice'],
    ['Alice', 'AIice'],
    ['BOB', 'B0B'],
    ['paypal', '\u0440\u0430\u0443\u0440\u0430l'],
    ['Anna Bell', 'anna-bell'],
    ['Ｂｏｂ', 'Bob'],
    ['Arne', 'Ame'],
    ['\u039dikos', 'Nikos'],
    ['Ann', 'A\u200bnn'],
  ])('%s and %s are taken for one another', (a, b) => {
    expect(alike(a, b)).toBe(true)
  })

  test.each([
    ['Ann', 'Anna'],
    ['Bob', 'Rob'],
    ['Mila', 'Milla'],
    ['Иван', 'Олег'],
    ['王', '李'],
  ])('%s and %s are not', (a, b) => {
    expect(alike(a, b)).toBe(false)
  })

  test.each([
    '',
    '   ',
    'x'.repeat(maxPetnameLength + 1),
    'a\u202eb',
    'a\u0007',
    'a\u200bb',
    '\ud800',
    '...',
    'contact:x',
    'a/b',
    'a,b',
    '--help',
    '12D3KooWabc',
  ])('%j is no name', text => {
    expect(() => checkPetname(text)).toThrow(PeerageError)
  })

  test('is kept in one form', () => {
    expect(checkPetname('  Zoe\u0308   from  work ')).toBe('Zo\u00eb from work')
    expect(checkPetname('王')).toBe('王')
    expect(checkPetname('x'.repeat(maxPetnameLength))).toHaveLength(maxPetnameLength)
  })

  test('any text is a name in one form, or refused with one code; capitals make no other name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), text => {
        let name: string
        try {
          name = checkPetname(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage.invalid' })
          return
        }
        expect(checkPetname(name)).toBe(name)
        expect(alike(name, name.toLowerCase()) || alike(name, name.toUpperCase())).toBe(true)
      }),
    )
  })
})
