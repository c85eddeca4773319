import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import { addressText } from './compact-peers.ts'
import { decodeKrpc, encodeKrpc } from './krpc.ts'

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 })
const transaction = fc.uint8Array({ minLength: 1, maxLength: 8 })
const ip = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressText)
const port = fc.integer({ min: 1, max: 65_535 })

test('questions go through', () => {
  fc.assert(
    fc.property(transaction, twenty, twenty, port, (t, id, target, p) => {
      const query = {
        type: 'query',
        transaction: t,
        method: 'announce_peer',
        id,
        target,
        token: id,
        port: p,
      } as const
      expect(decodeKrpc(encodeKrpc(query))).toEqual({
        ...query,
        impliedPort: false,
        seed: false,
        readOnly: false,
      })
    }),
  )
})

test('answers go through', () => {
  const contact = fc.record({ id: twenty, address: ip, port })
  const peer = fc.record({ address: ip, port })
  fc.assert(
    fc.property(
      transaction,
      twenty,
      fc.array(contact, { maxLength: 8 }),
      fc.array(peer, { maxLength: 50 }),
      (t, id, nodes, peers) => {
        const answer = { type: 'response', transaction: t, id, nodes, peers, token: id } as const
        expect(decodeKrpc(encodeKrpc(answer))).toEqual(answer)
      },
    ),
  )
})

test('the examples of BEP 5', () => {
  const ping = decodeKrpc(utf8('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'))
  expect(ping).toMatchObject({ type: 'query', method: 'ping', id: utf8('abcdefghij0123456789') })
  const error = decodeKrpc(utf8('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee'))
  expect(error).toMatchObject({ type: 'error', code: 201, message: 'A Generic Error Ocurred' })
  const found = decodeKrpc(
    utf8('d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re'),
  )
  expect(found).toMatchObject({ type: 'response', peers: [{ port: 0x2e75 }, { port: 0x6e6d }] })
})

test.each([
  ['no transaction', 'd1:q4:ping1:y1:qe'],
  ['no kind', 'd1:t2:aae'],
  ['no id', 'd1:ade1:q4:ping1:t2:aa1:y1:qe'],
  ['an id that is too short', 'd1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe'],
  ['a hash that is too long', 'd1:ad2:id20:abcdefghij012345678912:info_hash0:e1:q4:ping1:t2:aa1:y1:qe'],
  ['no answer', 'd1:t2:aa1:y1:re'],
  ['garbage', 'di1e'],
])('%s is refused', (_what, text) => {
  expect(() => decodeKrpc(utf8(text))).toThrow()
})

test('more than 2,048 bytes, 32 nodes or 200 peers are not taken', () => {
  expect(() => decodeKrpc(utf8(`d1:t2:aa1:x${3_000}:${'x'.repeat(3_000)}1:y1:re`))).toThrow()
  const nodes = utf8(
    `d1:rd2:id20:abcdefghij01234567895:nodes${26 * 40}:${'y'.repeat(26 * 40)}e1:t2:aa1:y1:re`,
  )
  expect(decodeKrpc(nodes)).toMatchObject({ nodes: { length: 32 } })
})
