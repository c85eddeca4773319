import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { PeerageError } from '../base/index.ts'

/** How many words a back-up phrase has: 32 bytes and a checksum of 8 bits, 11 bits a word. */
const phraseWords = 24
/** Nobody types more; what is longer is not looked at. */
const maxPhraseLength = 1024

/** The 24 words (BIP39, English) that stand for an identity's 32-byte seed. Whoever has them is that identity. */
export function phraseOf(seed: Uint8Array): string {
  if (seed.length !== 32) throw new TypeError('A phrase stands for 32 bytes.')
  return entropyToMnemonic(seed, wordlist)
}

/**
 * The seed that a phrase stands for; capitals, commas, numbers in front of the words and the space between them do not matter. Throws
 * `identity.phrase-invalid`, which says which word is wrong, but never more of the phrase than that.
 */
export function seedOfPhrase(text: string): Uint8Array {
  const words = wordsOf(text)
  for (const [i, word] of words.entries()) if (!wordlist.includes(word)) throw notAWord(word, i + 1)
  if (words.length !== phraseWords)
    throw invalid(`It has ${words.length} words; a phrase has ${phraseWords}.`)
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    throw invalid(
      'Each word is one of the list, but together they are no phrase: one is another, or two are swapped.',
    )
  }
}

function wordsOf(text: string): string[] {
  if (text.length > maxPhraseLength) throw invalid('It is too long.')
  return text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[\s,;.]+/u)
    .map(word => word.replace(/^\d+[.):]?/, ''))
    .filter(word => word !== '')
}

function notAWord(word: string, place: number): PeerageError {
  const near = nearest(word)
  const shown = word.replaceAll(/[^a-z]/g, '?').slice(0, 20)
  return invalid(
    `Word ${place}, "${shown}", is not in the list${near === undefined ? '' : `; "${near}" is`}.`,
  )
}

/** The word of the list that was meant: the only one that begins so, or that is one slip away. */
function nearest(word: string): string | undefined {
  // "The wordlist is created in such a way that it's enough to type the first four letters" (BIP39).
  const begins = wordlist.filter(one => one.startsWith(word.slice(0, 4)))
  if (word.length >= 4 && begins.length === 1) return begins[0]
  const close = wordlist.filter(one => isOneSlip(one, word))
  return close.length > 0 ? close[0] : undefined
}

/** One letter too many, too few, wrong, or two swapped. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let head = 0
  while (head < a.length && a[head] === b[head]) head++
  const [restA, restB] = [a.slice(head), b.slice(head)]
  return (
    restA.slice(1) === restB.slice(1) ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  )
}

function invalid(message: string): PeerageError {
  return new PeerageError('identity.phrase-invalid', message)
}
