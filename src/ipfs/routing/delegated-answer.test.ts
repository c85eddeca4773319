import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../../base/index.ts'
import { fuzz } from './delegated-answer.fuzz.ts'
import { decodeDelegatedAnswer, delegatedLimits, LineReader } from './delegated-answer.ts'

const ID = '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d'
const limit = expect.objectContaining({ code: 'wire.limit' })
const read = (answer: unknown) => decodeDelegatedAnswer(utf8(JSON.stringify(answer)))

test('random answers reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), input => fuzz.run(Uint8Array.from(input))))
  fc.assert(fc.property(fc.json(), text => fuzz.run(utf8(text))))
})

test('providers and peers of both schemas are read, of others nothing', () => {
  const provider = {
    Schema: 'peer',
    ID,
    Addrs: [`/ip4/192.0.2.1/tcp/1/p2p/${ID}`],
    Protocols: ['transport-bitswap'],
  }
  const found = { peer: ID, addresses: ['/ip4/192.0.2.1/tcp/1'], protocols: ['transport-bitswap'] }
  const older = { Schema: 'bitswap', Protocol: 'transport-bitswap', ID, Addrs: ['/ip4/192.0.2.1/tcp/1'] }
  expect(read({ Providers: [provider, older, { Schema: 'new', ID }, null, 5] })).toEqual([found, found])
  expect(read({ Peers: [{ Schema: 'peer', ID }] })).toEqual([{ peer: ID, addresses: [], protocols: [] }])
  expect(read({ Providers: [{ Schema: 'peer', ID: 'nobody' }] })).toEqual([])
  expect(read({ Providers: null })).toEqual([])
  expect(read([])).toEqual([])
})

test('more of one peer than the bounds is passed over', () => {
  const Addrs = Array.from({ length: 100 }, (_, i) => `/ip4/192.0.2.1/tcp/${i + 1}`)
  const Protocols = Array.from({ length: 100 }, (_, i) => `p${i}`)
  const [one] = read({ Providers: [{ Schema: 'peer', ID, Addrs, Protocols }] })
  expect(one?.addresses).toHaveLength(delegatedLimits.addresses)
  expect(one?.protocols).toHaveLength(delegatedLimits.protocols)
  const long = { Schema: 'peer', ID, Addrs: ['/x'.repeat(300)], Protocols: ['x'.repeat(64)] }
  expect(read({ Providers: [long] })).toEqual([{ peer: ID, addresses: [], protocols: [] }])
})

test('a line or an answer without an end is refused', () => {
  expect(() => new LineReader().push(new Uint8Array(delegatedLimits.lineBytes + 1))).toThrow(limit)
  const line = utf8(`${JSON.stringify({ Schema: 'other', ID, more: 'x'.repeat(1_000) })}\n`)
  const reader = new LineReader()
  const flood = (): void => {
    for (let bytes = 0; bytes <= delegatedLimits.answerBytes; bytes += line.length) reader.push(line)
  }
  expect(flood).toThrow(limit)
  expect(() => decodeDelegatedAnswer(new Uint8Array(delegatedLimits.answerBytes + 1))).toThrow(limit)
  expect(() => decodeDelegatedAnswer(utf8('<html>'))).toThrow(
    expect.objectContaining({ code: 'wire.invalid' }),
  )
})
