import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzz } from './announcement.fuzz.ts'
import { encodeAnnouncement, query, serviceName, understand } from './announcement.ts'
import { decodeDnsMessage, encodeDnsMessage } from './dns-message.ts'

const peer = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'
const other = '12D3KooWRU2foiqwYNyoQkkHgjQPToQt7yVsS7PP28LXB7JFTSmN'
const full = (address: string, id: string = peer): string => `${address}/p2p/${id}`

test('an announcement is understood', () => {
  const addresses = ['/ip4/192.168.1.7/tcp/4001', '/ip6/fd00::7/tcp/4001']
  const packet = encodeAnnouncement(
    'abc',
    addresses.map(address => full(address)),
  )
  expect(understand(packet)).toEqual({ kind: 'announcement', peer, addresses })
  expect(understand(query)).toEqual({ kind: 'query' })
})

test('only addresses of one peer, well-formed and few, are taken', () => {
  const many = Array.from({ length: 40 }, (_, n) => full(`/ip4/10.0.0.${n}/tcp/1`))
  const heard = understand(encodeAnnouncement('abc', many))
  expect(heard?.kind === 'announcement' && heard.addresses.length).toBe(16)
  const mixed = [full('/ip4/10.0.0.1/tcp/1'), full('/ip4/10.0.0.2/tcp/1', other), 'garbage']
  expect(understand(encodeAnnouncement('abc', mixed))).toEqual({
    kind: 'announcement',
    peer,
    addresses: ['/ip4/10.0.0.1/tcp/1'],
  })
})

test('other services are none of our business', () => {
  const packet = encodeDnsMessage({
    response: false,
    questions: [{ name: '_p2p._udp.local', type: 12 }],
    records: [],
  })
  expect(understand(packet)).toBeUndefined()
})

test('names may be compressed, but pointers only lead backwards', () => {
  const plain = encodeDnsMessage({ response: false, questions: [{ name: 'a.local', type: 12 }], records: [] })
  const compressed = Uint8Array.from([
    ...plain.slice(0, 4),
    0,
    2,
    ...plain.slice(6),
    1,
    98,
    0xc0,
    14,
    0,
    12,
    0,
    1,
  ])
  expect(decodeDnsMessage(compressed).questions.map(question => question.name)).toEqual([
    'a.local',
    'b.local',
  ])
  const loop = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 12, 0, 1])
  expect(() => decodeDnsMessage(loop)).toThrow('pointer')
})

test('the service name has the form of RFC 6763', () => {
  expect(serviceName).toMatch(/^_[a-z]{1,15}\._tcp\.local$/)
})

test('random and mutated packets reveal no defect', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), input => fuzz.run(input)))
  const seed = fc.constantFrom(...fuzz.seeds)
  const mutation = fc.record({ at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(seed, fc.array(mutation, { maxLength: 6 }), (bytes, mutations) => {
      const mutated = Uint8Array.from(bytes)
      for (const { at, value } of mutations) mutated[at % mutated.length] = value
      fuzz.run(mutated)
    }),
    { numRuns: 1000 },
  )
})
