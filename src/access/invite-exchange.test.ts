import { expect, it } from 'vitest'
import { toHex, utf8, VirtualWorld } from '../base/index.ts'
import { type ExchangeKey, InviteExchange, secretOfCode, secretOfLink } from './invite-exchange.ts'

const world = new VirtualWorld(1)
const secret = secretOfCode({ number: 7, words: 'crossover-clockwork' })

interface Ends {
  readonly a: ExchangeKey
  readonly b: ExchangeKey
}

function run({ atB = secret, seenByA = 'bob', seenByB = 'alice' } = {}): Ends {
  const a = new InviteExchange(world, secret, 'alice')
  const b = new InviteExchange(world, atB, 'bob')
  return {
    a: a.initiate({ share: b.share, peer: seenByA })!,
    b: b.respond({ share: a.share, peer: seenByB })!,
  }
}

it('gives both the same key, confirmed in both directions', () => {
  const { a, b } = run()
  expect([a.confirms(b.tag), b.confirms(a.tag)]).toEqual([true, true])
  expect([a.confirms(a.tag), b.confirms(b.tag)]).toEqual([false, false])
  expect(b.sealed.open(a.sealed.seal(utf8('hello')))).toEqual(utf8('hello'))
  expect(a.sealed.open(b.sealed.seal(utf8('welcome')))).toEqual(utf8('welcome'))
})

it.each([
  ['a wrong word', { atB: secretOfCode({ number: 7, words: 'crossover-cobra' }) }],
  ['another number', { atB: secretOfCode({ number: 8, words: 'crossover-clockwork' }) }],
  ['a man in the middle who is seen as bob', { seenByA: 'mallory' }],
  ['a man in the middle who is seen as alice', { seenByB: 'mallory' }],
  ['one who swaps both', { seenByA: 'mallory', seenByB: 'mallory' }],
])('gives nothing with %s', (_what, change) => {
  const { a, b } = run(change)
  expect([a.confirms(b.tag), b.confirms(a.tag)]).toEqual([false, false])
  expect(b.sealed.open(a.sealed.seal(utf8('hello')))).toBeUndefined()
})

it('opens each message once, in order, and none that was changed or handed back', () => {
  const { a, b } = run()
  const [first, second] = [a.sealed.seal(utf8('1')), a.sealed.seal(utf8('2'))]
  expect(b.sealed.open(second)).toBeUndefined()
  expect(b.sealed.open(first.with(0, first[0]! ^ 1))).toBeUndefined()
  expect(b.sealed.open(new Uint8Array(3))).toBeUndefined()
  expect(a.sealed.open(first)).toBeUndefined()
  expect(b.sealed.open(first)).toEqual(utf8('1'))
  expect(b.sealed.open(first)).toBeUndefined()
  expect(b.sealed.open(second)).toEqual(utf8('2'))
})

it('does not find its way back from where the holders of a link meet', () => {
  const bytes = new Uint8Array(16).fill(7)
  const { meeting, password } = secretOfLink(bytes)
  expect(meeting).toHaveLength(16)
  expect(toHex(meeting)).not.toBe(toHex(password))
  expect(toHex(secretOfLink(bytes.with(0, 8)).meeting)).not.toBe(toHex(meeting))
})
