import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, utf8 } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary } from './bencoded.ts'
import { addressText } from './compact-peers.ts'
import { encodeKrpc, type KrpcMessage, type KrpcQuery, type KrpcResponse } from './krpc.ts'
import { decodeKrpc, krpcLimits } from './krpc-decode.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const twenty = bytes(20)
const transaction = fc.uint8Array({ minLength: 1, maxLength: krpcLimits.transactionBytes })
const token = fc.uint8Array({ maxLength: krpcLimits.tokenBytes })
// The first byte keeps IPv6 addresses from being IPv4-mapped ones, which are told as IPv4.
const ip = fc
  .oneof(
    bytes(4),
    bytes(15).map(rest => Uint8Array.of(0x20, ...rest)),
  )
  .map(addressText)
const port = fc.integer({ min: 1, max: 65_535 })
const peer = fc.record({ address: ip, port })
const seq = fc.bigInt({ min: 0n, max: 0x7fff_ffff_ffff_ffffn })
const yes = fc.constant(true as const)
const item = {
  value: fc
    .oneof(fc.string(), fc.integer(), fc.array(fc.integer(), { maxLength: 5 }))
    .map(value => encode(value)),
  publicKey: bytes(32),
  seq,
  signature: bytes(64),
}
const query: fc.Arbitrary<KrpcQuery> = fc.record(
  {
    ...item,
    type: fc.constant('query' as const),
    transaction,
    method: fc.constantFrom(
      'find_node',
      'get_peers',
      'announce_peer',
      'get',
      'put',
      'sample_infohashes',
      'x',
    ),
    id: twenty,
    target: twenty,
    token,
    port,
    impliedPort: fc.boolean(),
    want: fc.uniqueArray(fc.constantFrom(4 as const, 6 as const)),
    seed: yes,
    noSeed: yes,
    scrape: yes,
    readOnly: yes,
    salt: fc.uint8Array({ maxLength: 70 }),
    cas: seq,
  },
  { requiredKeys: ['type', 'transaction', 'method', 'id'] },
)
const response: fc.Arbitrary<KrpcResponse> = fc.record(
  {
    ...item,
    type: fc.constant('response' as const),
    transaction,
    id: twenty,
    nodes: fc.array(fc.record({ id: twenty, address: ip, port }), { maxLength: 8 }),
    peers: fc.array(peer, { maxLength: 20 }),
    token,
    seenAs: peer,
    bloom: fc.record({ seeds: bytes(256), peers: bytes(256) }),
    sample: fc.record({
      names: fc.array(twenty, { maxLength: 10 }),
      count: fc.nat(),
      intervalSeconds: fc.integer({ min: 0, max: 21_600 }),
    }),
  },
  { requiredKeys: ['type', 'transaction', 'id', 'nodes', 'peers'] },
)

/** Nodes of the two families stand in lists of their own. */
function inOrder(message: KrpcMessage): KrpcMessage {
  if (message.type !== 'response') return message
  const isSix = ({ address }: { address: string }): number => Number(address.includes(':'))
  return { ...message, nodes: message.nodes.toSorted((a, b) => isSix(a) - isSix(b)) }
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.oneof(query, response), message => {
      expect(decodeKrpc(encodeKrpc(message))).toEqual(inOrder(message))
    }),
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
  const announce = decodeKrpc(
    utf8(
      'd1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe',
    ),
  )
  expect(announce).toMatchObject({
    method: 'announce_peer',
    impliedPort: true,
    port: 6881,
    target: utf8('mnopqrstuvwxyz123456'),
    token: utf8('aoeusnth'),
  })
})

const id = '2:id20:abcdefghij0123456789'

test.each([
  ['no transaction', 'd1:q4:ping1:y1:qe'],
  ['no kind', 'd1:t2:aae'],
  ['no id', 'd1:ade1:q4:ping1:t2:aa1:y1:qe'],
  ['an id that is too short', 'd1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe'],
  ['a hash that is too long', `d1:ad${id}12:info_hash0:e1:q4:ping1:t2:aa1:y1:qe`],
  ['a target of 3 bytes', `d1:ad${id}6:target3:abce1:q3:get1:t2:aa1:y1:qe`],
  ['a key of 3 bytes', `d1:ad${id}1:k3:abce1:q3:put1:t2:aa1:y1:qe`],
  ['a signature of 3 bytes', `d1:ad${id}3:sig3:abce1:q3:put1:t2:aa1:y1:qe`],
  ['a negative number', `d1:ad${id}3:seqi-1ee1:q3:put1:t2:aa1:y1:qe`],
  ['a number of more than 63 bits', `d1:ad${id}3:seqi9223372036854775808ee1:q3:put1:t2:aa1:y1:qe`],
  ['no answer', 'd1:t2:aa1:y1:re'],
  ['something after its end', `d1:ad${id}e1:q4:ping1:t2:aa1:y1:qei1e`],
  ['garbage', 'di1e'],
])('%s is refused', (_what, text) => {
  expect(() => decodeKrpc(utf8(text))).toThrow()
})

test('keys that are not in order are understood, but what is stored so is not taken', () => {
  const unsorted = decodeKrpc(utf8(`d1:ad${id}1:vd1:bi1e1:ai2eee1:q3:put1:t2:aa1:y1:qe`)) as KrpcQuery
  expect(unsorted).toMatchObject({ method: 'put' })
  expect(unsorted.value).toBeUndefined()
  const sorted = decodeKrpc(utf8(`d1:ad${id}1:vd1:ai2e1:bi1eee1:q3:put1:t2:aa1:y1:qe`)) as KrpcQuery
  expect(sorted.value).toEqual(utf8('d1:ai2e1:bi1ee'))
})

test('the method of a query may be any, and its error any number', () => {
  expect(decodeKrpc(utf8(`d1:ad${id}e1:q10:toString()1:t2:aa1:y1:qe`))).toMatchObject({
    method: 'toString()',
  })
  expect(decodeKrpc(utf8('d1:eli302e4:\x1b[0me1:t2:aa1:y1:ee'))).toMatchObject({ code: 302, message: '?[0m' })
  expect(decodeKrpc(utf8('d1:t2:aa1:y1:ee'))).toMatchObject({ code: 201 })
})

function answerWith(more: Record<string, Uint8Array | Uint8Array[] | number>): KrpcResponse {
  const r = dictionary({ id: new Uint8Array(20), ...more })
  return decodeKrpc(encode(dictionary({ r, t: 'aa', y: 'r' }))) as KrpcResponse
}

test('every bound holds', () => {
  const { packetBytes, nodes, peers, names, tokenBytes, transactionBytes, methodBytes, depth, items } =
    krpcLimits
  const padded = (length: number): Uint8Array => {
    const front = utf8(`d1:rd${id}e1:t2:aa1:x`)
    const space = length - front.length - '1:y1:re'.length - `${length}:`.length
    return concat([front, utf8(`${space}:`), new Uint8Array(space), utf8('1:y1:re')])
  }
  expect(decodeKrpc(padded(packetBytes))).toMatchObject({ type: 'response' })
  expect(() => decodeKrpc(padded(packetBytes + 1))).toThrow()
  expect(answerWith({ nodes: new Uint8Array(26 * 40).fill(9) }).nodes).toHaveLength(nodes)
  const many = Array.from({ length: peers + 20 }, () => new Uint8Array(6).fill(9))
  expect(answerWith({ values: many }).peers).toHaveLength(peers)
  expect(answerWith({ samples: new Uint8Array(20 * 80) }).sample?.names).toHaveLength(names)
  expect(answerWith({ token: new Uint8Array(tokenBytes + 1) }).token).toBeUndefined()
  expect(answerWith({ BFpe: new Uint8Array(255), BFsd: new Uint8Array(256) }).bloom).toBeUndefined()
  const tooLong = [
    `d1:rd${id}e1:t${transactionBytes + 1}:${'t'.repeat(transactionBytes + 1)}1:y1:re`,
    `d1:ad${id}e1:q${methodBytes + 1}:${'q'.repeat(methodBytes + 1)}1:t2:aa1:y1:qe`,
    `d1:ad${id}5:token${tokenBytes + 1}:${'t'.repeat(tokenBytes + 1)}e1:q4:ping1:t2:aa1:y1:qe`,
    `d1:ad${id}1:v${'l'.repeat(depth)}${'e'.repeat(depth)}e1:q3:put1:t2:aa1:y1:qe`,
    `d1:ad${id}1:vl${'le'.repeat(items)}ee1:q3:put1:t2:aa1:y1:qe`,
  ]
  for (const text of tooLong) expect(() => decodeKrpc(utf8(text)), text.slice(0, 80)).toThrow()
})
