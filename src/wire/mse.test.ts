import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, type Random, seededRandom, toHex, utf8 } from '../base/index.ts'
import {
  MseConversation,
  type MseMethod,
  type MseScript,
  mseDial,
  mseListen,
  msePadding,
  type Secured,
} from './mse.ts'
import { mseKeys, mseSharedSecret, mseSwarmKey } from './mse-keys.ts'

const name = Uint8Array.from({ length: 20 }, (_, i) => 200 + i)
const say = utf8('hello')
const knows = (key: Uint8Array): Uint8Array | undefined =>
  toHex(key) === toHex(mseSwarmKey(name)) ? name : undefined
const prime =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563'

/** Key and padding as the test wants them. */
function fixed(firstByte: number, paddingBytes: number): Random {
  return {
    fraction: () => 0,
    below: () => paddingBytes,
    bytes: length =>
      length === 20
        ? Uint8Array.from({ length }, (_, i) => firstByte + i)
        : new Uint8Array(length).fill(0xaa),
  }
}

interface Side {
  readonly conversation: MseConversation
  inbox: Uint8Array
  sent: Uint8Array
  secured: Secured | undefined
}

/** Lets two sides talk in pieces of these lengths, over and over. */
function talk(dial: MseScript, listen: MseScript, pieces: readonly number[] = [1e6]): { a: Side; b: Side } {
  const empty = new Uint8Array(0)
  const make = (script: MseScript, other: () => Side): Side => ({
    conversation: new MseConversation(script, bytes => {
      other().sent = concat([other().sent, bytes])
    }),
    inbox: empty,
    sent: empty,
    secured: undefined,
  })
  // `sent`: all that was sent TO a side, `inbox`: as much of it as has arrived.
  const a: Side = make(dial, () => b)
  const b: Side = make(listen, () => a)
  let turn = 0
  for (let idle = 0; idle < 2; turn++) {
    const side = turn % 2 === 0 ? a : b
    const before = side.inbox.length
    side.inbox = side.sent.slice(0, before + Math.max(1, pieces[turn % pieces.length]!))
    side.secured ??= side.conversation.read(side.inbox)
    idle = side.inbox.length > before || turn < 2 ? 0 : idle + 1
  }
  return { a, b }
}

const dialling = (random: Random, offer: readonly MseMethod[]): MseScript =>
  mseDial({ random, name, offer, say })
const listening = (random: Random, take: readonly MseMethod[]): MseScript =>
  mseListen({ random, find: knows, take })

// Computed by a separate program, in another language, from the specification.
test('says what the specification says, byte for byte', () => {
  const { a, b } = talk(dialling(fixed(1, 3), ['plain', 'rc4']), listening(fixed(101, 3), ['rc4']))
  expect(toHex(b.sent)).toBe(
    '96e112dab29e8c5272accb9b17b26887ce54a144a4e3b697c7d159b7a817e556b0918db2b4c658e02a87f7e5fb14b18a' +
      '553e084cbf3dad2d30f16596ccb982d406258c61b30c5c1dae2ddc60bdbd48d79896312aad63238c39e1a633821eb693aaaaaa' +
      '78fffb0f23055a793ff7609f359e04e383ec350560aef34caf7a6c843c5fd96a73da28c44e040a270dc4355ae7cc67707ec6' +
      '6051e857bf25cec59083a9d70da2',
  )
  expect(toHex(a.sent)).toBe(
    'd32ae8cedd0de9ca4fe67e35626bb8c7cdb0966727d899f6a62fdb2b68817f9ddc4b684e3eb34030b8dba4e028b7cff3' +
      '264020340cb4eab61923cdc4e4216ba873368d83f0a38e497f1f6b4e3d2012eb91a3ee6056f966f9eae732089b6fa46eaaaaaa' +
      'a99e381373e3643a1729414562659a8fae',
  )
  expect(b.secured?.said).toEqual(say)
  expect(toHex(a.secured!.encrypt.apply(utf8('from A')))).toBe('6d6b386d26e0')
  expect(toHex(b.secured!.encrypt.apply(utf8('from B')))).toBe('116977563959')
})

const lists: readonly (readonly MseMethod[])[] = [['plain', 'rc4'], ['rc4', 'plain'], ['rc4'], ['plain']]

test('both agree, whatever the padding and however the bytes come; then each reads what the other says', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...lists),
      fc.constantFrom(...lists),
      fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 700 })), { minLength: 1, maxLength: 20 }),
      fc.constantFrom(0, 1, msePadding, undefined),
      (seed, offer, take, pieces, padding) => {
        const random = (n: number): Random => {
          const seeded = seededRandom(seed + n)
          return padding === undefined
            ? seeded
            : { ...seeded, bytes: l => seeded.bytes(l), below: () => padding }
        }
        const run = (): { a: Side; b: Side } =>
          talk(dialling(random(0), offer), listening(random(1), take), pieces)
        const expected = take.find(one => offer.includes(one))
        if (expected === undefined) {
          expect(run).toThrow('no kind of encryption')
          return
        }
        const { a, b } = run()
        expect([a.secured?.method, b.secured?.method]).toEqual([expected, expected])
        expect(b.secured?.said).toEqual(say)
        expect([a.conversation.used, b.conversation.used]).toEqual([a.sent.length, b.sent.length])
        const text = utf8('what comes next')
        expect(b.secured!.decrypt.apply(a.secured!.encrypt.apply(text.slice()))).toEqual(text)
        expect(a.secured!.decrypt.apply(b.secured!.encrypt.apply(text.slice()))).toEqual(text)
      },
    ),
    { numRuns: 60 },
  )
})

describe('what is refused', () => {
  const integers = [0n, 1n, BigInt(`0x${prime}`) - 1n, BigInt(`0x${prime}`), (1n << 768n) - 1n]
  test.each(integers)('the public key %s', value => {
    const key = fromHex(value.toString(16).padStart(192, '0'))
    expect(() => mseSharedSecret(mseKeys(new Uint8Array(20).fill(3)), key)).toThrow('no public key')
    for (const script of [dialling(fixed(1, 0), ['rc4']), listening(fixed(1, 0), ['rc4'])])
      expect(() => new MseConversation(script, () => undefined).read(key)).toThrow('no public key')
  })

  test('padding that does not end, on either side, not later than it may', () => {
    for (const [script, most] of [
      [dialling(fixed(1, 0), ['rc4']), 96 + 512 + 8],
      [listening(fixed(1, 0), ['rc4']), 96 + 512 + 20],
    ] as const) {
      const conversation = new MseConversation(script, () => undefined)
      const bytes = new Uint8Array(most).fill(5)
      for (let length = 1; length < most; length++)
        expect(conversation.read(bytes.subarray(0, length))).toBeUndefined()
      expect(() => conversation.read(bytes)).toThrow('padding does not end')
    }
  })

  test('a swarm that is not here', () => {
    const stranger = mseListen({ random: fixed(9, 0), find: () => undefined, take: ['rc4'] })
    expect(() => talk(dialling(fixed(1, 0), ['rc4']), stranger)).toThrow('content that is not here')
  })

  /** What the side that dialled enciphers, after its key and the hashes, in the hands of the test. */
  function forged(change: (head: Uint8Array) => void): () => void {
    return () => {
      const script = dialling(fixed(1, 0), ['rc4'])
      const listener = listening(fixed(101, 0), ['rc4'])
      // Changing a byte of the ciphered text changes that byte of the plain text.
      const changed: MseScript = (function* () {
        let step = script.next()
        for (let sends = 0; step.done !== true; ) {
          if ('send' in step.value && ++sends === 2) change(step.value.send.subarray(40))
          step = script.next(yield step.value)
        }
        return step.value
      })()
      talk(changed, listener)
    }
  }

  test('a verification constant that is not zero', () => {
    expect(forged(head => head.set([head[3]! ^ 1], 3))).toThrow('makes no sense')
  })
  test('methods that nobody knows', () => {
    expect(forged(head => head.set([head[11]! ^ 2 ^ 4], 11))).toThrow('no kind of encryption')
  })
  test('more padding than there may be', () => {
    expect(forged(head => head.set([head[12]! ^ 2, head[13]! ^ 1], 12))).toThrow('513 bytes of padding')
  })

  test.each(['plain', 'both', 'none'])('a choice that was not offered: %s', choice => {
    const bits = { plain: 1, both: 3, none: 0 }[choice]!
    const script = listening(fixed(101, 0), ['rc4'])
    const changed: MseScript = (function* () {
      let step = script.next()
      for (let sends = 0; step.done !== true; ) {
        if ('send' in step.value && ++sends === 2) step.value.send[11]! ^= 2 ^ bits
        step = script.next(yield step.value)
      }
      return step.value
    })()
    expect(() => talk(dialling(fixed(1, 0), ['rc4']), changed)).toThrow('was not offered')
  })
})

test('whoever is cut off at any byte is waited for, and nothing is computed before a whole key is here', () => {
  const { b } = talk(dialling(fixed(1, 9), ['rc4']), listening(fixed(101, 9), ['rc4']))
  const sent: number[] = []
  const conversation = new MseConversation(listening(fixed(101, 9), ['rc4']), bytes =>
    sent.push(bytes.length),
  )
  for (let length = 0; length < b.sent.length; length++) {
    expect(conversation.read(b.sent.subarray(0, length))).toBeUndefined()
    expect(sent.length).toBe(length < 96 ? 0 : 1)
  }
  expect(conversation.read(b.sent)?.method).toBe('rc4')
})
