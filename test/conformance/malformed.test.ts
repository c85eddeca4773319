import { describe, expect, test } from 'vitest'
import { concat, PeerageError, utf8 } from '../../src/base/index.ts'
import { decodeTorrent, merkleRoot } from '../../src/content/index.ts'
import {
  decodeAnnounceReply,
  decodeKrpc,
  decodeUdpTrackerReply,
  type Encodable,
  encode,
  MessageDecoder,
} from '../../src/wire/index.ts'

// What the network sends in the wild and in anger. The torrents are those that libtorrent has among its tests, built here.
// Each must be refused with a code, and a message that names what is wrong.

type Fields = Readonly<Record<string, unknown>>

const binary = (text: string): string => String.fromCharCode(...utf8(text))

function plain(value: unknown): Encodable {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Map)
    return value as Encodable
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return new Map(entries.map(([key, each]) => [binary(key), plain(each)]))
}

function refusal(decode: () => unknown): string {
  try {
    decode()
  } catch (error) {
    if (error instanceof PeerageError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

const zeros = (length: number): Uint8Array => new Uint8Array(length)
const leaves = Array.from({ length: 4 }, (_, i) => new Uint8Array(32).fill(i + 1))
const root = merkleRoot(concat(leaves))
const layers = (bytes: Uint8Array): Map<string, Uint8Array> =>
  new Map([[String.fromCharCode(...root), bytes]])
const v1Info: Fields = { name: 'temp', 'piece length': 16_384, length: 5, pieces: zeros(20) }
const v2File: Fields = { length: 65_536, 'pieces root': root }
const v2Info: Fields = {
  name: 'temp',
  'piece length': 16_384,
  'meta version': 2,
  'file tree': { a: { '': v2File } },
}
const torrent = (info: unknown, more: Fields = {}): Uint8Array => encode(plain({ info, ...more }))
const v1 = (change: Fields): Uint8Array => torrent({ ...v1Info, ...change })
const v1Files = (...files: Fields[]): Uint8Array => v1({ length: undefined, files })
const v2 = (change: Fields, more: Fields = {}): Uint8Array => torrent({ ...v2Info, ...change }, more)
const v2Tree = (fields: Fields): Uint8Array => v2({ 'file tree': { a: { '': fields } } })
const raw = (text: string): Uint8Array => Uint8Array.from(text, letter => letter.charCodeAt(0))
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const deep = (levels: number): Fields => (levels === 0 ? { '': v2File } : { a: deep(levels - 1) })

describe('a metadata file', () => {
  test('that is sound is read', () => {
    expect(refusal(() => decodeTorrent(v1({})))).toBe('accepted')
    expect(refusal(() => decodeTorrent(v2({}, { 'piece layers': layers(concat(leaves)) })))).toBe('accepted')
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['a string', encode('hello'), /^bencode\.invalid: .*dictionary/],
    ['nothing', zeros(0), /^bencode\.invalid/],
    ['a web page', utf8('<!DOCTYPE html><html>'), /^bencode\.invalid/],
    ['cut off', v1({}).subarray(0, -3), /^bencode\.invalid/],
    ['followed by something', concat([v1({}), utf8('i1e')]), /^bencode\.invalid/],
    ['without info', encode(plain({ announce: 'http://t.example' })), /^content\.invalid: .*info/],
    ['with an info that is a list', torrent([]), /^content\.invalid: .*info/],
    ['nested without end', utf8('d4:info'.repeat(10_000)), /^bencode\.(limit|invalid)/],
  ])('%s is refused', (_what, bytes, message) => {
    expect(refusal(() => decodeTorrent(bytes))).toMatch(message)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['no name', v1({ name: undefined }), /no name/],
    ['a number as name', v1({ name: 5 }), /no name/],
    ['an empty name', v1({ name: '' }), /name/],
    ['no piece length', v1({ 'piece length': undefined }), /piece length/],
    ['a piece length of 0', v1({ 'piece length': 0 }), /piece length/],
    ['a negative piece length', v1({ 'piece length': -16_384 }), /piece length/],
    ['a piece length that is text', v1({ 'piece length': 'x' }), /piece length/],
    ['a negative size', v1({ length: -5 }), /out of range/],
    ['a size that is text', v1({ length: 'x' }), /length|size|out of range/],
    ['a negative file size', v1Files({ length: -5, path: ['a'] }), /out of range/],
    ['a file without size', v1Files({ path: ['a'] }), /size|out of range/],
    ['a file without path', v1Files({ length: 5 }), /path/],
    ['a path that is text', v1Files({ length: 5, path: 'a' }), /path/],
    ['a path with numbers', v1Files({ length: 5, path: ['a', 5] }), /name|path/],
    ['a way out', v1Files({ length: 5, path: ['..', 'a'] }), /"\.\."/],
    ['a slash in a name', v1Files({ length: 5, path: ['../a'] }), /slash/],
    ['a file that is no dictionary', torrent({ ...v1Info, length: undefined, files: ['a'] }), /dictionary/],
    ['no files', v1Files(), /no files/],
    ['pieces that are a number', v1({ pieces: 5 }), /hashes/],
    ['pieces of 19 bytes', v1({ pieces: zeros(19) }), /hashes/],
    ['a hash too many', v1({ pieces: zeros(40) }), /hashes/],
    ['more pieces than may be', v1({ length: 2 ** 53 - 1 }), /pieces|hashes/],
    ['a link upwards', v1Files({ length: 0, path: ['a'], attr: 'l', 'symlink path': ['..'] }), /"\.\."/],
    ['no bytes at all but pieces', v1({ length: 0 }), /hashes|no files|empty/],
  ])('of v1 with %s is refused', (_what, bytes, message) => {
    const said = refusal(() => decodeTorrent(bytes))
    expect(said).toMatch(/^content\.invalid: /)
    expect(said).toMatch(message)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['pieces that are no power of two', v2({ 'piece length': 50_000 }), /power of two/],
    ['pieces of 8 KiB', v2({ 'piece length': 8_192 }), /power of two/],
    ['a file that is a number', v2({ 'file tree': { a: 5 } }), /dictionary/],
    ['a file without root', v2Tree({ length: 5 }), /pieces root/],
    ['a root of zeros', v2Tree({ length: 5, 'pieces root': zeros(32) }), /zero/],
    ['a root of 20 bytes', v2Tree({ length: 5, 'pieces root': zeros(20) }), /32 bytes/],
    ['a file of 2^60 bytes', v2Tree({ length: 2n ** 60n, 'pieces root': root }), /out of range/],
    ['a file of more pieces than may be', v2Tree({ ...v2File, length: 2 ** 52 }), /pieces/],
    ['folders in folders', v2({ 'file tree': deep(500) }), /^bencode\.limit/],
    ['a link without target', v2Tree({ length: 0, attr: 'l' }), /path/],
    ['padding', v2Tree({ ...v2File, attr: 'p' }), /padding/],
    ['a layer of another length', v2({}, { 'piece layers': layers(zeros(64)) }), /layer/],
    ['a layer of half a hash', v2({}, { 'piece layers': layers(zeros(127)) }), /layer/],
    ['a false layer', v2({}, { 'piece layers': layers(zeros(128)) }), /layer/],
    ['a layer that is a number', v2({}, { 'piece layers': new Map([[text(root), 5]]) }), /layer/],
    ['layers that are a list', v2({}, { 'piece layers': [] }), /layer/],
  ])('of v2 with %s is refused', (_what, bytes, message) => {
    const said = refusal(() => decodeTorrent(bytes))
    expect(said).toMatch(/^(content\.invalid|bencode\.limit): /)
    expect(said).toMatch(message)
  })

  test.each<[string, string, RegExp]>([
    ['files out of order', 'd4:infod9:file treed1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeeeee', /order/],
    ['an integer with a leading zero', 'd4:infod6:lengthi005eee', /^bencode\.invalid/],
    ['a negative zero', 'd4:infod6:lengthi-0eee', /^bencode\.invalid/],
    ['a key twice', 'd4:infod1:ai1e1:ai1eee', /^bencode\.invalid/],
    ['a key that is a number', 'd4:infodi1ei1eee', /^bencode\.invalid/],
    ['a string longer than all of it', 'd4:info99999:aee', /^bencode\.invalid/],
    ['a length of 40 digits', `d4:info${'9'.repeat(40)}:aee`, /^bencode\.(invalid|limit)/],
  ])('with %s is refused', (_what, bytes, message) => {
    expect(refusal(() => decodeTorrent(raw(bytes)))).toMatch(
      /^(bencode\.invalid|bencode\.limit|content\.invalid): /,
    )
    expect(refusal(() => decodeTorrent(raw(bytes)))).toMatch(message)
  })
})

describe('the answer of a tracker', () => {
  test.each<[string, string, RegExp]>([
    ['a web page', '<html>404</html>', /^bencode\.invalid/],
    ['nothing', '', /^bencode\.invalid/],
    ['a list', 'le', /^(bencode|wire|content)\.invalid: .*dictionary/],
    ['cut off', 'd8:intervali900e5:peers6:abc', /^bencode\.invalid/],
    ['followed by something', 'd8:intervali900e5:peers0:ei1e', /^bencode\.invalid/],
    ['a refusal', 'd14:failure reason7:go awaye', /^peer\.protocol: .*go away/],
    ['an empty dictionary', 'de', /^wire\.invalid: .*interval.*peers/],
    ['peers that are a number', 'd8:intervali900e5:peersi5ee', /^wire\.invalid: .*peers/],
    ['too deep', `d5:peers${'l'.repeat(50)}${'e'.repeat(50)}e`, /^bencode\.limit/],
    ['too many items', `d5:peersl${'i1e'.repeat(30_000)}ee`, /^bencode\.limit/],
    ['too long', `d5:peers${2_000_000}:${'a'.repeat(2_000_000)}e`, /^bencode\.limit/],
  ])('to an announce, %s, is refused', (_what, bytes, message) => {
    expect(refusal(() => decodeAnnounceReply(raw(bytes)))).toMatch(message)
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['of 7 bytes', '00000000000000'],
    ['of an unknown action', '0000000400000001'],
    ['a connection that is cut off', '00000000000000010000000000000'],
    ['an announce that is cut off', `0000000100000001${'00'.repeat(11)}`],
  ])('over UDP, %s, is refused', (_what, hex) => {
    expect(refusal(() => decodeUdpTrackerReply(Buffer.from(hex, 'hex'), 4))).toMatch(
      /^wire\.invalid: .*tracker/,
    )
  })
})

const id = '2:id20:abcdefghij0123456789'

describe('a packet of the DHT', () => {
  test.each<[string, string, RegExp]>([
    ['nothing', '', /^bencode\.invalid/],
    ['no dictionary', 'le', /dictionary/],
    ['cut off', `d1:ad${id}e1:q4:ping1:t2:aa1:y1:q`, /^bencode\.invalid/],
    ['followed by something', `d1:ad${id}e1:q4:ping1:t2:aa1:y1:qei1e`, /^bencode\.invalid/],
    ['without transaction', `d1:ad${id}e1:q4:ping1:y1:qe`, /transaction/],
    ['without kind', 'd1:t2:aae', /neither question nor answer/],
    ['of an unknown kind', 'd1:t2:aa1:y1:xe', /neither question nor answer/],
    ['a query without method', `d1:ad${id}e1:t2:aa1:y1:qe`, /asks nothing/],
    ['a query without arguments', 'd1:q4:ping1:t2:aa1:y1:qe', /asks nothing/],
    ['a query without id', 'd1:ade1:q4:ping1:t2:aa1:y1:qe', /no id/],
    ['an id of 3 bytes', 'd1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe', /no id/],
    [
      'an info hash of no bytes',
      `d1:ad${id}9:info_hash0:e1:q9:get_peers1:t2:aa1:y1:qe`,
      /hash of a wrong length/,
    ],
    ['a target of 3 bytes', `d1:ad${id}6:target3:abce1:q9:find_node1:t2:aa1:y1:qe`, /hash of a wrong length/],
    ['a key of 3 bytes', `d1:ad${id}1:k3:abce1:q3:put1:t2:aa1:y1:qe`, /k of a wrong length/],
    ['a signature of 3 bytes', `d1:ad${id}3:sig3:abce1:q3:put1:t2:aa1:y1:qe`, /sig of a wrong length/],
    ['a negative number', `d1:ad${id}3:seqi-1ee1:q3:put1:t2:aa1:y1:qe`, /seq out of range/],
    ['a response without answer', 'd1:t2:aa1:y1:re', /answers nothing/],
    ['a response without id', 'd1:rde1:t2:aa1:y1:re', /no id/],
    ['too long', `d1:ad${id}e1:q4:ping1:t2:aa1:x5000:${'x'.repeat(5000)}1:y1:qe`, /too long/],
  ])('%s is refused', (_what, bytes, message) => {
    const said = refusal(() => decodeKrpc(raw(bytes)))
    expect(said).toMatch(/^(bencode\.(invalid|limit)|wire\.(invalid|limit)): /)
    expect(said).toMatch(message)
  })
})

describe('a message of a peer', () => {
  const message = (id: number, payload: string, length = payload.length / 2 + 1): Uint8Array =>
    concat([
      Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, id),
      Uint8Array.from(Buffer.from(payload, 'hex')),
    ])
  const numbers = (...values: readonly number[]): string =>
    values.map(value => value.toString(16).padStart(8, '0')).join('')
  const hashFields = '11'.repeat(32) + numbers(0, 0, 2, 0)
  const read = (bytes: Uint8Array): string =>
    refusal(() =>
      new MessageDecoder({ place: (_piece, _begin, length) => zeros(length), onMessage: () => {} }).push(
        bytes,
      ),
    )

  test.each<[string, Uint8Array]>([
    ['choke', message(0, '')],
    ['have', message(4, numbers(7))],
    ['request', message(6, numbers(0, 0, 16_384))],
    ['block', message(7, `${numbers(0, 0)}ff`)],
    ['have all', message(14, '')],
    ['extension', message(20, '00')],
    ['hash request', message(21, hashFields)],
    ['hashes', message(22, hashFields + '22'.repeat(64))],
    ['one that nobody knows', message(99, 'abcd')],
  ])('%s, sound, is read', (_what, bytes) => {
    expect(read(bytes)).toBe('accepted')
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['choke with something behind', message(0, '00'), /^wire\.invalid: Message 0 .*length/],
    ['unchoke with something behind', message(1, '00'), /^wire\.invalid: Message 1 .*length/],
    ['interested with something behind', message(2, '00'), /^wire\.invalid: Message 2 .*length/],
    ['have that is cut off', message(4, '000000'), /^wire\.invalid: Message 4 .*length/],
    ['have of eight bytes', message(4, numbers(1, 2)), /^wire\.invalid: Message 4 .*length/],
    ['request that is cut off', message(6, numbers(0, 0)), /^wire\.invalid: Message 6 .*length/],
    ['request for nothing', message(6, numbers(0, 0, 0)), /^wire\.invalid: .*nothing/],
    ['request for 4 GiB', message(6, numbers(0, 0, 0xffff_ffff)), /^wire\.limit: .*4294967295 bytes/],
    ['block without data', message(7, numbers(0, 0)), /^wire\.invalid: A block is empty/],
    ['block without offset', message(7, numbers(0)), /^wire\.invalid: A block is empty/],
    ['block of 2 GiB', message(7, numbers(0, 0), 2 ** 31), /^wire\.limit: Message 7/],
    ['cancel that is cut off', message(8, numbers(0, 0)), /^wire\.invalid: Message 8 .*length/],
    ['port of one byte', message(9, '01'), /^wire\.invalid: Message 9 .*length/],
    ['suggestion that is cut off', message(13, '01'), /^wire\.invalid: Message 13 .*length/],
    ['have all with something behind', message(14, '00'), /^wire\.invalid: Message 14 .*length/],
    ['have none with something behind', message(15, '00'), /^wire\.invalid: Message 15 .*length/],
    ['reject that is cut off', message(16, numbers(0, 0)), /^wire\.invalid: Message 16 .*length/],
    ['allowed piece that is cut off', message(17, '01'), /^wire\.invalid: Message 17 .*length/],
    ['extension without number', message(20, ''), /^wire\.invalid: Message 20 .*length/],
    ['hash request that is cut off', message(21, hashFields.slice(2)), /^wire\.invalid: Message 21 .*length/],
    ['hash request that goes on', message(21, `${hashFields}00`), /^wire\.invalid: Message 21 .*length/],
    ['half a hash', message(22, hashFields + '22'.repeat(48)), /^wire\.invalid: .*incomplete/],
    ['hash reject that is cut off', message(23, hashFields.slice(2)), /^wire\.invalid: Message 23 .*length/],
    ['list of pieces of 1 GiB', message(5, '', 2 ** 30), /^wire\.limit: Message 5/],
    ['one that nobody knows, of 4 GiB', message(99, '', 2 ** 32 - 1), /^wire\.limit: Message 99/],
  ])('%s is refused', (_what, bytes, said) => {
    expect(read(bytes)).toMatch(said)
  })
})
