import { describe, expect, test } from 'vitest'
import { PeerageError, sha256, toHex, utf8 } from '../base/index.ts'
import { type Encodable, encode } from '../wire/index.ts'
import type { ContentConfig } from './config.ts'
import type { ContentInfo } from './content.ts'
import { parseContent, parseInfo } from './parse-content.ts'

type Fields = Readonly<Record<string, unknown>>

/** A dictionary of plain values; undefined ones are left out. */
function dictionary(fields: Fields): Map<string, Encodable> {
  const out = new Map<string, Encodable>()
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) out.set(binary(key), plain(value))
  return out
}

function plain(value: unknown): Encodable {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Uint8Array || value instanceof Map || typeof value !== 'object')
    return value as Encodable
  return dictionary(value as Fields)
}

const binary = (text: string): string => String.fromCharCode(...utf8(text))
const root = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const file = (length: number, more: Fields = {}): Fields => ({
  '': { length, ...(length > 0 ? { 'pieces root': root(1) } : {}), ...more },
})

const v2Fields: Fields = {
  name: 'folder',
  'piece length': 16_384,
  'meta version': 2,
  'file tree': { a: file(20_000), b: { c: file(5) } },
}
const v1Fields: Fields = {
  name: 'folder',
  'piece length': 16_384,
  pieces: new Uint8Array(40),
  files: [
    { length: 20_000, path: ['a'] },
    { length: 5, path: ['b', 'c'] },
  ],
}
const hybridFields: Fields = {
  ...v2Fields,
  pieces: new Uint8Array(60),
  files: [
    { length: 20_000, path: ['a'] },
    { length: 12_768, path: ['.pad', '12768'], attr: 'p' },
    { length: 5, path: ['b', 'c'] },
  ],
}

const v2 = (change: Fields): Uint8Array => encode(dictionary({ ...v2Fields, ...change }))
const tree = (fileTree: Fields): Uint8Array => v2({ 'file tree': fileTree })
const v1 = (change: Fields): Uint8Array => encode(dictionary({ ...v1Fields, ...change }))
const files = (...list: Fields[]): Uint8Array => v1({ files: list, pieces: new Uint8Array(0) })
const hybrid = (change: Fields): Uint8Array => encode(dictionary({ ...hybridFields, ...change }))

function refusal(info: Uint8Array, limits?: Partial<ContentConfig>): string {
  try {
    parseInfo(info, limits)
  } catch (error) {
    if (error instanceof PeerageError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

const pathsOf = (content: ContentInfo): string[] => content.files.map(({ path }) => path.join('/'))

describe('v2 content', () => {
  test('is read in file tree order', () => {
    const content = parseInfo(v2({}))
    expect(content).toMatchObject({ name: 'folder', version: 'v2', pieceLength: 16_384, pieceCount: 3 })
    expect(content).toMatchObject({ totalSize: 20_005, singleFile: false, isPrivate: false })
    expect(content.files).toEqual([
      { index: 0, path: ['a'], size: 20_000, piecesRoot: root(1), firstPiece: 0, pieceCount: 2, v1Offset: 0 },
      {
        index: 1,
        path: ['b', 'c'],
        size: 5,
        piecesRoot: root(1),
        firstPiece: 2,
        pieceCount: 1,
        v1Offset: 32_768,
      },
    ])
  })

  test('keeps the info dictionary and the hashes that it is given', () => {
    const info = v2({})
    const content = parseContent(info, { infoHash: sha256(info), infoHashV1: new Uint8Array(20) })
    expect(content.info).toBe(info)
    expect(toHex(content.infoHash)).toBe(toHex(sha256(info)))
    expect(content.infoHashV1?.length).toBe(20)
    expect(() => parseContent(info, {})).toThrow(TypeError)
    expect(() => parseContent(info, { infoHash: new Uint8Array(20) })).toThrow(TypeError)
  })

  test('is a single file when the only name is that of the content', () => {
    expect(parseInfo(v2({ name: 'a', 'file tree': { a: file(5) } })).singleFile).toBe(true)
    expect(parseInfo(v2({ name: 'b', 'file tree': { a: file(5) } })).singleFile).toBe(false)
    expect(parseInfo(v2({ name: 'a', 'file tree': { a: { a: file(5) } } })).singleFile).toBe(false)
  })

  test('may have empty files, links, attributes and folders without files', () => {
    const content = parseInfo(
      tree({
        empty: file(0),
        folder: {},
        link: { '': { attr: 'l', 'symlink path': ['tool'] } },
        tool: file(9, { attr: 'xh?' }),
        z: { '': { attr: 'h' }, inside: file(1) },
      }),
    )
    expect(pathsOf(content)).toEqual(['empty', 'link', 'tool', 'z/inside'])
    expect(content.files[0]).toEqual({
      index: 0,
      path: ['empty'],
      size: 0,
      firstPiece: 0,
      pieceCount: 0,
      v1Offset: 0,
    })
    expect(content.files[1]).toMatchObject({ size: 0, symlink: ['tool'], executable: false })
    expect(content.files[2]).toMatchObject({ executable: true, hidden: true, firstPiece: 0 })
    expect(content.files[3]!.firstPiece).toBe(1)
  })

  test('keeps names as they are, byte order marks too', () => {
    const names = ['\ufeffmark', 'ä', 'a\u0308', '日本', '😀', 'CON', 'a:b', 'x ', '\u202e', 'tab\there']
    const content = parseInfo(tree(Object.fromEntries(names.map(name => [name, file(1)]))))
    expect(new Set(pathsOf(content))).toEqual(new Set(names))
  })

  test('may be private', () => {
    expect(parseInfo(v2({ private: 1 })).isPrivate).toBe(true)
    expect(parseInfo(v2({ private: 0 })).isPrivate).toBe(false)
    expect(refusal(v2({ private: 'yes' }))).toMatch(/private flag/)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['a newer version', v2({ 'meta version': 3 }), /newer version/],
    ['a version that is none', v2({ 'meta version': 'x' }), /newer version/],
    ['no meta version', v2({ 'meta version': undefined }), /no meta version/],
    ['no name', v2({ name: undefined }), /no name/],
    ['a path as name', v2({ name: '../up' }), /slash/],
    ['a name that is a path', v2({ name: '..' }), /called ".."/],
    ['no file tree', v2({ 'file tree': undefined }), /no file tree/],
    ['an empty file tree', tree({}), /no files/],
    ['only empty folders', tree({ a: { b: {} } }), /no files/],
    ['a list as file tree', v2({ 'file tree': [] }), /no file tree/],
    ['no piece length', v2({ 'piece length': undefined }), /piece length is missing/],
    ['a small piece length', v2({ 'piece length': 8_192 }), /power of two/],
    ['an odd piece length', v2({ 'piece length': 49_152 }), /power of two/],
    ['a huge piece length', v2({ 'piece length': 2 ** 40 }), /over/],
    ['a file at the root', tree({ '': { length: 5, 'pieces root': root(1) } }), /both file and folder/],
    ['a file with siblings', tree({ a: { ...file(1), b: file(1) } }), /both file and folder/],
    ['an entry that is no dictionary', tree({ a: 'b' }), /no dictionary/],
    ['a file that is no dictionary', tree({ a: { '': 'b' } }), /no dictionary/],
    ['a size below zero', tree({ a: file(-1) }), /out of range/],
    [
      'a size beyond 2^53',
      tree({ a: { '': { length: 2n ** 53n, 'pieces root': root(1) } } }),
      /out of range/,
    ],
    ['a size that is text', tree({ a: { '': { length: 'x' } } }), /out of range/],
    ['no pieces root', tree({ a: file(1, { 'pieces root': undefined }) }), /pieces root/],
    ['a short pieces root', tree({ a: file(1, { 'pieces root': new Uint8Array(31) }) }), /32 bytes/],
    ['a zero pieces root', tree({ a: file(1, { 'pieces root': new Uint8Array(32) }) }), /all zero/],
    ['a pieces root of an empty file', tree({ a: file(0, { 'pieces root': root(1) }) }), /empty file/],
    ['a padding file', tree({ a: file(1, { attr: 'p' }) }), /padding file/],
    ['attributes that are no text', tree({ a: file(1, { attr: 5 }) }), /attributes/],
    ['the name ..', tree({ '..': file(1) }), /called ".."/],
    ['the name .', tree({ '.': { a: file(1) } }), /called "."/],
    ['a slash in a name', tree({ 'a/b': file(1) }), /slash/],
    ['a NUL in a name', tree({ 'a\0': file(1) }), /NUL/],
    ['a name that is no UTF-8', tree({ a: new Map([['\xff', dictionary(file(1))]]) }), /UTF-8/],
    ['a link without target', tree({ a: { '': { attr: 'l' } } }), /path is missing/],
    ['a link to nowhere', tree({ a: { '': { attr: 'l', 'symlink path': [] } } }), /empty/],
    ['a link upwards', tree({ a: { '': { attr: 'l', 'symlink path': ['..', 'etc'] } } }), /called ".."/],
    ['more pieces than allowed', tree({ a: file(2 ** 53 - 1) }), /more than 2097152 pieces/],
    ['no dictionary', encode([1]), /no dictionary/],
  ])('is refused with %s', (_, info, message) => {
    expect(refusal(info)).toMatch(/^content\.invalid/)
    expect(refusal(info)).toMatch(message)
  })

  test('has bounds', () => {
    expect(refusal(v2({}), { maxFiles: 1 })).toMatch(/more than 1 files/)
    expect(refusal(v2({}), { maxPieces: 2 })).toMatch(/more than 2 pieces/)
    expect(refusal(v2({}), { maxPathDepth: 1 })).toMatch(/more than 1 names/)
    expect(refusal(v2({}), { maxInfoBytes: 50 })).toMatch(/^bencode\.limit/)
    expect(refusal(tree({ ['n'.repeat(1_025)]: file(1) }))).toMatch(/longer than 1024 bytes/)
    let deep: Fields = file(1)
    for (let i = 0; i < 100; i++) deep = { d: deep }
    expect(refusal(tree(deep))).toBe('accepted')
    expect(refusal(tree({ d: deep }))).toMatch(/limit|more than 100 names/)
  })

  test('is refused when it is not canonical, for the order of keys is that of pieces', () => {
    const unsorted = utf8('d9:file treed1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeee12:meta versioni2ee')
    expect(refusal(unsorted)).toMatch(/^bencode\.invalid/)
  })
})

describe('v1 content', () => {
  test('is read with pieces that files share', () => {
    const content = parseContent(v1({}), { infoHashV1: new Uint8Array(20).fill(3) })
    expect(content).toMatchObject({ version: 'v1', pieceCount: 2, totalSize: 20_005, v1Size: 20_005 })
    expect(content.infoHash.length).toBe(20)
    expect(content.files[1]).toEqual({
      index: 1,
      path: ['b', 'c'],
      size: 5,
      firstPiece: 1,
      pieceCount: 1,
      v1Offset: 20_000,
    })
    expect(() => parseContent(v1({}), { infoHash: new Uint8Array(32) })).toThrow(TypeError)
  })

  test('may be a single file', () => {
    const content = parseInfo(v1({ files: undefined, length: 30_000, attr: 'x' }))
    expect(content).toMatchObject({ singleFile: true, totalSize: 30_000 })
    expect(content.files).toEqual([
      {
        index: 0,
        path: ['folder'],
        size: 30_000,
        executable: true,
        firstPiece: 0,
        pieceCount: 2,
        v1Offset: 0,
      },
    ])
  })

  test('leaves out padding but counts it', () => {
    const content = parseInfo(
      v1({
        files: [
          { length: 10, path: ['a'] },
          { length: 16_374, attr: 'p' },
          { length: 4, path: ['b'] },
          { length: 9, path: ['_____padding_file_0_'] },
        ],
      }),
    )
    expect(pathsOf(content)).toEqual(['a', 'b'])
    expect(content.files[1]).toMatchObject({ v1Offset: 16_384, firstPiece: 1, index: 1 })
    expect(content.v1Size).toBe(16_397)
  })

  test('may have unsorted keys, and names in UTF-8 beside those in other encodings', () => {
    const fields: [string, Encodable][] = [
      ['pieces', new Uint8Array(20)],
      ['piece length', 16_384],
      ['name', Uint8Array.of(0xe4)],
      ['length', 5],
      ['name.utf-8', 'ä'],
    ]
    const parts = fields.map(([key, value]) => Buffer.concat([encode(key), encode(value)]))
    expect(parseInfo(Buffer.concat([utf8('d'), ...parts, utf8('e')])).name).toBe('ä')
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['both length and files', v1({ length: 5 }), /either/],
    ['neither length nor files', v1({ files: undefined }), /either/],
    ['too few piece hashes', v1({ pieces: new Uint8Array(20) }), /hashes of its 2 pieces/],
    ['no piece hashes', v1({ pieces: undefined }), /hashes/],
    ['a path twice', files({ length: 0, path: ['a'] }, { length: 0, path: ['a'] }), /listed twice/],
    ['a file as folder', files({ length: 0, path: ['a'] }, { length: 0, path: ['a', 'b'] }), /listed twice/],
    ['a folder as file', files({ length: 0, path: ['a', 'b'] }, { length: 0, path: ['a'] }), /listed twice/],
    ['an empty path', files({ length: 0, path: [] }), /empty/],
    ['an empty name', files({ length: 0, path: ['a', ''] }), /no name/],
    ['a way out', files({ length: 0, path: ['..', 'x'] }), /called ".."/],
    ['no files', files(), /no files/],
    ['only padding', files({ length: 0, attr: 'p' }), /no files/],
    [
      'sizes beyond 2^53',
      files({ length: 2 ** 53 - 1, path: ['a'] }, { length: 9, path: ['b'] }),
      /too large/,
    ],
    [
      'bytes of padding alone',
      v1({
        files: [
          { length: 0, path: ['a'] },
          { length: 9, attr: 'p' },
        ],
        pieces: new Uint8Array(20),
      }),
      /only padding/,
    ],
  ])('is refused with %s', (_, info, message) => {
    expect(refusal(info)).toMatch(/^content\.invalid/)
    expect(refusal(info)).toMatch(message)
  })
})

describe('hybrid content', () => {
  test('is read when both halves agree', () => {
    const content = parseInfo(hybrid({}))
    expect(content).toMatchObject({ version: 'hybrid', pieceCount: 3, v1Size: 32_773, totalSize: 20_005 })
    expect(content.v1Pieces?.length).toBe(60)
  })

  test('may be padded behind the last file or not', () => {
    const list = [...(hybridFields.files as Fields[]), { length: 16_379, path: ['.pad', '16379'], attr: 'p' }]
    expect(parseInfo(hybrid({ files: list })).v1Size).toBe(49_152)
  })

  const list = (...entries: Fields[]): Uint8Array => hybrid({ files: entries })
  const [a, pad, c] = hybridFields.files as [Fields, Fields, Fields]
  test.each<[string, Uint8Array]>([
    ['another name', list({ ...a, path: ['A'] }, pad, c)],
    ['another size', list({ ...a, length: 19_999 }, { ...pad, length: 12_769 }, c)],
    ['another order', list(c, a)],
    ['no padding', list(a, c)],
    ['less padding', list(a, { ...pad, length: 12_767 }, c)],
    ['a piece too much of padding', list(a, pad, c, { length: 40_000, attr: 'p' })],
    ['a file too many', list(a, pad, c, { length: 0, path: ['z'] })],
    ['a file too few', list(a)],
    ['a link instead of a file', list(a, pad, { path: ['b', 'c'], attr: 'l', 'symlink path': ['a'] })],
    ['no piece hashes', hybrid({ pieces: undefined })],
    ['no files', hybrid({ files: undefined })],
  ])('is refused with %s in the v1 half', (_, info) => {
    expect(refusal(info)).toMatch(/^content\.invalid/)
  })

  test('of links agrees about targets', () => {
    const link = { attr: 'xl', 'symlink path': ['b', 'c'] }
    const fileTree = { ...(v2Fields['file tree'] as Fields), l: { '': link } }
    const good = list(a, pad, c, { ...link, length: 0, path: ['l'] })
    expect(refusal(hybrid({ 'file tree': fileTree }))).toMatch(/different files/)
    expect(refusal(good)).toMatch(/different files/)
    const both = { 'file tree': fileTree, files: [a, pad, c, { ...link, length: 0, path: ['l'] }] }
    expect(refusal(hybrid(both))).toBe('accepted')
    const other = { ...link, 'symlink path': ['a'] }
    const differ = { 'file tree': fileTree, files: [a, pad, c, { ...other, length: 0, path: ['l'] }] }
    expect(refusal(hybrid(differ))).toMatch(/differ about "l"/)
  })
})
