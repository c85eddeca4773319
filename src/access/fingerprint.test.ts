import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { codeOfPeer, fingerprintMatches, fingerprintOf, peerOfCode } from './fingerprint.ts'
import { peerIdOf } from './peer-id.ts'
import { evenWords, oddWords } from './word-list.ts'

const [ann, bob] = [1, 2].map(byte => peerIdOf(new Uint8Array(32).fill(byte))) as [string, string]

describe('fingerprints', () => {
  test('are the same words everywhere', () => {
    expect(fingerprintOf(ann).join(' ')).toMatchInlineSnapshot(
      `"dashboard armistice slowdown sardonic deadbolt butterfat swelter undaunted clamshell whimsical alone adroitness"`,
    )
    expect(fingerprintOf(bob)).not.toEqual(fingerprintOf(ann))
  })

  test('are compared however they are written, read out or scanned', () => {
    const words = fingerprintOf(ann)
    for (const text of [
      words.join(' '),
      words.join('-').toUpperCase(),
      `1. ${words.slice(0, 6).join('  ')}\n2. ${words.slice(6).join(', ')}`,
      ann,
      codeOfPeer(ann),
      ` ${codeOfPeer(ann)}\n`,
    ]) {
      expect(fingerprintMatches(text, ann), text).toBe(true)
      expect(fingerprintMatches(text, bob), text).toBe(false)
    }
    expect(peerOfCode(codeOfPeer(ann))).toBe(ann)
    expect(peerOfCode(ann)).toBeUndefined()
    expect(peerOfCode('peerage-id:x')).toBeUndefined()
  })

  test('with one other word do not match', () => {
    const words = fingerprintOf(ann)
    for (const [i, word] of words.entries()) {
      const list = i % 2 === 0 ? evenWords : oddWords
      const other = list[(list.indexOf(word) + 1) % 256]!
      expect(fingerprintMatches(words.with(i, other).join(' '), ann)).toBe(false)
    }
  })

  test('that are incomplete or mistyped are no answer, and it is said why', () => {
    const words = fingerprintOf(ann)
    const told = (text: string): string => {
      try {
        return String(fingerprintMatches(text, ann))
      } catch (error) {
        return error instanceof PeerageError && error.code === 'usage.invalid' ? error.message : String(error)
      }
    }
    expect(told(words.slice(2).join(' '))).toContain('12 words, this text 10')
    expect(told(words.slice(1).join(' '))).toContain('Word 1')
    expect(told(words.slice(1).join(' '))).toContain('missing')
    expect(told(words.with(3, 'xyzzy').join(' '))).toBe('Word 4, "xyzzy", is in no fingerprint.')
    expect(told('')).toContain('this text 0')
  })

  test('any text matches, does not, or is refused with one code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), text => {
        try {
          expect(fingerprintMatches(text, ann)).toBe(false)
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage.invalid' })
        }
      }),
    )
  })
})
