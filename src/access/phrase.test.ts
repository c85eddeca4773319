import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, PeerageError } from '../base/index.ts'
import { phraseOf, seedOfPhrase } from './phrase.ts'

/** BIP39 "Test vectors" (trezor/python-mnemonic, vectors.json), those of 32 bytes. */
const vectors: readonly (readonly [string, string])[] = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    `${'legal winner thank year wave sausage worth useful '.repeat(2)}legal winner thank year wave sausage worth title`,
  ],
  [
    '80'.repeat(32),
    `${'letter advice cage absurd amount doctor acoustic avoid '.repeat(2)}letter advice cage absurd amount doctor acoustic bless`,
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c',
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length',
  ],
]

function refusal(text: string): string {
  try {
    seedOfPhrase(text)
  } catch (error) {
    if (error instanceof PeerageError && error.code === 'identity.phrase-invalid') return error.message
    throw error
  }
  return 'accepted'
}

describe('the back-up phrase', () => {
  test.each(vectors)('the vector %s', (hex, phrase) => {
    expect(phraseOf(fromHex(hex))).toBe(phrase)
    expect(seedOfPhrase(phrase)).toEqual(fromHex(hex))
  })

  test('is read however people write it', () => {
    const [hex, phrase] = vectors[4]!
    const words = phrase.split(' ')
    for (const text of [
      phrase.toUpperCase(),
      `\n  ${words.join('\n')}\t`,
      words.join(', '),
      words.map((word, i) => `${i + 1}. ${word}`).join('\n'),
      words.map((word, i) => `${i + 1}) ${word}`).join(' '),
    ])
      expect(seedOfPhrase(text)).toEqual(fromHex(hex))
  })

  test('says which word is wrong, and which may be meant', () => {
    const words = vectors[4]![1].split(' ')
    const withWord = (place: number, word: string): string => words.with(place - 1, word).join(' ')
    expect(refusal(withWord(3, 'privatte'))).toContain('Word 3, "privatte", is not in the list; "private" is')
    expect(refusal(withWord(24, 'lenght'))).toContain('Word 24, "lenght", is not in the list; "length" is')
    expect(refusal(withWord(7, 'lvoe'))).toContain('"love" is')
    expect(refusal(withWord(7, 'xyzzy'))).toBe('Word 7, "xyzzy", is not in the list.')
    expect(refusal(withWord(1, '\u001b[31m\u202e'))).toMatch(/^[ -~]+$/)
    expect(refusal(words.slice(1).join(' '))).toContain('23 words')
    expect(refusal('')).toContain('0 words')
    expect(refusal([words[1], words[0], ...words.slice(2)].join(' '))).toContain('two are swapped')
    expect(refusal('zoo '.repeat(24))).toContain('no phrase')
    expect(refusal('zoo '.repeat(10_000))).toBe('It is too long.')
  })

  test('a refusal never shows the rest of the phrase', () => {
    const words = vectors[4]![1].split(' ').with(5, 'mistake1')
    expect(refusal(words.join(' '))).not.toMatch(/hamster|toddler|length/)
  })

  test('any seed comes back, and any text is one or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), seed => {
        expect(seedOfPhrase(phraseOf(seed))).toEqual(seed)
      }),
    )
    fc.assert(fc.property(fc.string({ maxLength: 300 }), text => void refusal(text)))
  })
})
