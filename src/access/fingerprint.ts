import { createHash } from 'node:crypto'
import { PeerageError, utf8 } from '../base/index.ts'
import { canonicalPeerId } from './peer-id.ts'
import { evenWords, oddWords } from './word-list.ts'

/** 12 words of 8 bits each: nobody finds another key for 96 bits that are given. */
const fingerprintWords = 12
const codeHead = 'peerage-id:'
/** What is longer is not looked at. */
const maxTextLength = 1024

/**
 * The words by which two persons compare a key: 96 bits of SHA-256 of the PeerId, in the PGP word list, which is made to be read out.
 * They are each peer's own, not the pair's: so they can stand on a card or a web page, and are the same for everybody.
 */
export function fingerprintOf(peerId: string): string[] {
  const digest = createHash('sha256')
    .update(utf8(`peerage fingerprint 1 ${canonicalPeerId(peerId)}`))
    .digest()
  return [...digest.subarray(0, fingerprintWords)].map(
    (byte, i) => (i % 2 === 0 ? evenWords : oddWords)[byte]!,
  )
}

/** What the QR code of a peer says: its whole PeerId. */
export function codeOfPeer(peerId: string): string {
  return `${codeHead}${peerId}`
}

/** The PeerId in the text of a QR code; undefined when it is none. */
export function peerOfCode(text: string): string | undefined {
  try {
    return text.startsWith(codeHead) ? canonicalPeerId(text.slice(codeHead.length).trim()) : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a text that was read out, pasted or scanned stands for a peer: its 12 words, its PeerId in any form, or the text of its QR
 * code. Throws `usage.invalid` when it is nothing of the kind, and says which word is none.
 */
export function fingerprintMatches(text: string, peerId: string): boolean {
  const trimmed = text.slice(0, maxTextLength).trim()
  const peer = peerOfCode(trimmed) ?? peerIn(trimmed)
  if (peer !== undefined) return peer === canonicalPeerId(peerId)
  const words = trimmed
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter(word => word !== '')
  for (const [i, word] of words.entries())
    if (!(i % 2 === 0 ? evenWords : oddWords).includes(word)) throw notAWord(word, i + 1)
  if (words.length !== fingerprintWords)
    throw new PeerageError(
      'usage.invalid',
      `A fingerprint has ${fingerprintWords} words, this text ${words.length}.`,
    )
  return words.join(' ') === fingerprintOf(peerId).join(' ')
}

function notAWord(word: string, place: number): PeerageError {
  const swapped = [...evenWords, ...oddWords].includes(word)
  return new PeerageError(
    'usage.invalid',
    `Word ${place}, "${word.slice(0, 30)}", ${swapped ? 'cannot stand there: a word is missing or two are swapped' : 'is in no fingerprint'}.`,
  )
}

function peerIn(text: string): string | undefined {
  try {
    return canonicalPeerId(text)
  } catch {
    return undefined
  }
}
