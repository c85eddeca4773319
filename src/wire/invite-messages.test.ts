import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import {
  decodeInviteGift,
  decodeInviteIntroduction,
  decodeInviteReport,
  encodeInviteGift,
  encodeInviteIntroduction,
  encodeInviteReport,
  type InviteGift,
  inviteMessageLimits,
  packStatements,
  unpackStatements,
} from './invite-messages.ts'

const self = { name: 'Bob’s', addresses: ['/ip4/192.0.2.1/tcp/1', '/ip6/::1/tcp/1'] }
const offer = { name: 'Summer', bytes: 2 ** 40, files: 3, link: 'peerage:abc' }

it.each<InviteGift>([
  { kind: 'contact', ...self },
  { kind: 'mixed-up', ...self },
  { kind: 'share', ...self, offers: [offer] },
  { kind: 'files', ...self, offers: [offer, { ...offer, bytes: 0 }] },
  { kind: 'circle', ...self, circle: new Uint8Array(32).fill(1), circleName: 'Ö', role: 'guest', frames: 3 },
])('reads a gift of $kind as it wrote it', gift => {
  expect(decodeInviteGift(encodeInviteGift(gift))).toEqual(gift)
})

it('reads introductions and reports as it wrote them', () => {
  const introduction = { wants: 'invite', ...self } as const
  expect(decodeInviteIntroduction(encodeInviteIntroduction(introduction))).toEqual(introduction)
  const report = { bytes: 5, totalBytes: 10, ended: 'received' } as const
  expect(decodeInviteReport(encodeInviteReport(report))).toEqual(report)
})

const good = { k: 'files', n: 'b', a: [] as Encodable[], o: [dictionary({ n: 'x', b: 1, f: 1, l: 'y' })] }

it.each<[string, Readonly<Record<string, Encodable>>]>([
  ['an unknown kind', { k: 'key' }],
  ['a long name', { n: 'x'.repeat(inviteMessageLimits.name + 1) }],
  ['a name that is not UTF-8', { n: Uint8Array.of(255) }],
  ['too many addresses', { a: Array(inviteMessageLimits.addresses + 1).fill('/ip4/1.2.3.4/tcp/1') }],
  ['a long address', { a: ['x'.repeat(inviteMessageLimits.address + 1)] }],
  ['an address with a line break', { a: ['/ip4/1.2.3.4\n'] }],
  ['no offers', { o: [] }],
  ['too many offers', { o: Array(inviteMessageLimits.offers + 1).fill(good.o[0]) }],
  ['an offer of less than nothing', { o: [dictionary({ n: 'x', b: -1, f: 1, l: 'y' })] }],
  ['a long link', { o: [dictionary({ n: 'x', b: 1, f: 1, l: 'y'.repeat(9000) })] }],
  ['a circle without its name', { k: 'circle' }],
])('refuses a gift with %s', (_what, change) => {
  expect(() => decodeInviteGift(encode(dictionary({ ...good, ...change })))).toThrow(
    expect.objectContaining({ code: 'wire.invalid' }),
  )
})

it('packs statements into frames that fit, and takes no more than it may', () => {
  const statements = Array.from({ length: 300 }, (_, i) => new Uint8Array(1000).fill(i))
  const packed = packStatements(statements)
  expect(packed.length).toBeGreaterThan(4)
  for (const one of packed) expect(one.length).toBeLessThanOrEqual(inviteMessageLimits.bytes)
  expect(packed.flatMap(unpackStatements)).toEqual(statements)
  const tooMany = Array(inviteMessageLimits.statements + 1).fill(new Uint8Array(1))
  expect(packStatements(tooMany)).toHaveLength(2)
  expect(() => unpackStatements(encode(tooMany))).toThrow(PeerageError)
})

it('throws nothing else for any bytes', () => {
  const decoders = [decodeInviteGift, decodeInviteIntroduction, decodeInviteReport, unpackStatements]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const decode of decoders)
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof PeerageError)) throw error
        }
    }),
  )
})
