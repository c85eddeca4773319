import { PeerageError, type World } from '../base/index.ts'
import { evenWords, oddWords } from './word-list.ts'

/** A spoken invite: a number to meet at, and two words (16 bits) that only the two should know. */
export interface InviteCode {
  /** 1 to 9999; short ones are given out. */
  readonly number: number
  /** `crossover-clockwork`: a word of three syllables, then one of two. */
  readonly words: string
}

const shortNumbers = 99
const longestText = 200

/** A code with a number that is not `taken` here. */
export function makeInviteCode({ random }: World, taken: (number: number) => boolean): InviteCode {
  let number = 1 + random.below(shortNumbers)
  for (let tries = 0; taken(number) && tries < shortNumbers; tries++) number = 1 + (number % shortNumbers)
  while (taken(number)) number++
  const [odd = 0, even = 0] = random.bytes(2)
  return { number, words: `${oddWords[odd]}-${evenWords[even]}` }
}

/** `7-crossover-clockwork`, as it is said and typed. */
export function formatInviteCode({ number, words }: InviteCode): string {
  return `${number}-${words}`
}

/** Whether a text is meant as a code: it begins with a number and goes on with words, and is no link. */
export function looksLikeInviteCode(text: string): boolean {
  return /^\s*\d{1,4}[\s\-_.,]/.test(text)
}

/**
 * Reads a code as people type it: in any case, with spaces or hyphens, each word no longer than it takes to tell it from the others.
 * Throws `invite.code-invalid` that says which part is wrong.
 */
export function parseInviteCode(text: string): InviteCode {
  const [first = '', ...rest] = text
    .slice(0, longestText)
    .trim()
    .toLowerCase()
    .split(/[\s\-_.,‐-―]+/)
  if (!/^[1-9]\d{0,3}$/.test(first))
    throw invalid(`A code begins with a number, not with "${first.slice(0, 30)}".`)
  if (rest.length !== 2 || text.length > longestText)
    throw invalid(`A code has two words behind its number, not ${rest.length}.`)
  const [odd = '', even = ''] = rest
  const words = [wordOf(odd, 'first', oddWords, evenWords), wordOf(even, 'second', evenWords, oddWords)]
  return { number: Number(first), words: words.join('-') }
}

/** What a code that was begun may become, up to the end of its next word; for completion while it is typed. */
export function completeInviteCode(begun: string): string[] {
  const [, head = '', first, word = ''] = /^(\s*\d{1,4}-(?:([a-z]*)-)?)([a-z]*)$/i.exec(begun) ?? []
  if (head === '') return []
  const [list, end] = first === undefined ? [oddWords, '-'] : [evenWords, '']
  return list.filter(one => one.startsWith(word.toLowerCase())).map(one => `${head}${one}${end}`)
}

function wordOf(
  typed: string,
  place: 'first' | 'second',
  list: readonly string[],
  other: readonly string[],
): string {
  if (list.includes(typed)) return typed
  const begun = typed === '' ? [] : list.filter(word => word.startsWith(typed))
  if (begun.length === 1) return begun[0]!
  if (begun.length > 1)
    throw invalid(
      `The ${place} word "${typed}" could be ${begun.slice(0, 3).join(', ')}${begun.length > 3 ? ', ...' : ''}.`,
    )
  const elsewhere = place === 'first' ? 'second' : 'first'
  if (other.includes(typed))
    throw invalid(
      `"${typed}" belongs in the ${elsewhere} place: a word is missing, or both changed their places.`,
    )
  throw invalid(`The ${place} word "${typed.slice(0, 30)}" is unknown; is it "${nearest(typed, list)}"?`)
}

function nearest(typed: string, list: readonly string[]): string {
  const distances = list.map(word => ({ word, distance: editDistance(typed.slice(0, 20), word) }))
  return distances.reduce((best, one) => (one.distance < best.distance ? one : best)).word
}

/** How many letters must change, come or go. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

function invalid(message: string): PeerageError {
  return new PeerageError('invite.code-invalid', message)
}
