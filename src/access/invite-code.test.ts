import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import {
  completeInviteCode,
  formatInviteCode,
  looksLikeInviteCode,
  makeInviteCode,
  parseInviteCode,
} from './invite-code.ts'
import { evenWords, oddWords } from './word-list.ts'

const expected = { number: 7, words: 'crossover-clockwork' }

function messageOf(text: string): string {
  try {
    return JSON.stringify(parseInviteCode(text))
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return `${error.code}: ${error.message}`
  }
}

it('has 256 words for each place, and none in both', () => {
  expect(new Set(evenWords).size).toBe(256)
  expect(new Set([...evenWords, ...oddWords]).size).toBe(512)
  expect([evenWords[0], oddWords[0], evenWords[255], oddWords[255]]).toEqual([
    'aardvark',
    'adroitness',
    'zulu',
    'yucatan',
  ])
})

describe('reading', () => {
  it.each([
    '7-crossover-clockwork',
    ' 7 Crossover  CLOCKWORK\n',
    '7, crossover. clockwork',
    '7–crossover–clockwork',
    '7-cros-cloc',
    '7_crossover_clockwork',
  ])('%j', text => {
    expect(parseInviteCode(text)).toEqual(expected)
  })

  it.each([
    ['crossover-clockwork', /begins with a number/],
    ['0-crossover-clockwork', /begins with a number/],
    ['12345-crossover-clockwork', /begins with a number/],
    ['7-crossover', /two words behind its number, not 1/],
    ['7-crossover-clockwork-zulu', /two words behind its number, not 3/],
    ['7-clockwork-crossover', /"clockwork" belongs in the second place/],
    ['7-crossover-crossover', /"crossover" belongs in the first place/],
    ['7-crossover-c', /second word "c" could be cement, chairlift, chatter, \.\.\./],
    ['7-crosover-clockwork', /first word "crosover" is unknown; is it "crossover"/],
    ['', /begins with a number/],
    [`7-${'a'.repeat(5000)}-b`, /two words|unknown/],
  ])('says what is wrong with %j', (text, problem) => {
    expect(messageOf(text)).toMatch(/^invite\.code-invalid: /)
    expect(messageOf(text)).toMatch(problem)
  })

  it('is what was written, whatever the world gives', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const code = makeInviteCode(new VirtualWorld(seed), () => false)
        expect(code.number).toBeLessThan(100)
        expect(parseInviteCode(formatInviteCode(code))).toEqual(code)
        expect(looksLikeInviteCode(formatInviteCode(code))).toBe(true)
      }),
    )
  })

  it('throws nothing else for any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), text => void messageOf(text)))
  })
})

it('takes a longer number only when the short ones are taken', () => {
  const world = new VirtualWorld(3)
  expect(makeInviteCode(world, number => number !== 42).number).toBe(42)
  expect(makeInviteCode(world, number => number < 100).number).toBe(100)
})

it('completes what was begun, by the place of the word', () => {
  expect(completeInviteCode('7-Cross')).toEqual(['7-crossover-'])
  expect(completeInviteCode('7-crossover-clo')).toEqual(['7-crossover-clockwork'])
  expect(completeInviteCode('7-')).toHaveLength(256)
  for (const begun of ['', '7', 'cross', '7-crossover-clockwork-', '7-x'])
    expect(completeInviteCode(begun)).toEqual([])
})
