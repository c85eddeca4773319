import { describe, expect, test } from 'vitest'
import { leavesOf } from '../../test/conformance/made-up-trees.ts'
import { PeerageError, toHex, utf8 } from '../base/index.ts'
import { encode } from '../wire/index.ts'
import { buildInfo } from './build-info.ts'
import { layer, merkleRoot } from './merkle.ts'
import { decodeTorrent, encodeTorrent } from './torrent-file.ts'

const pieceLength = 65_536
const leaves = leavesOf(21)
const root = merkleRoot(leaves)
const pieces = layer(leaves, 2)
const info = buildInfo({
  name: 'folder',
  pieceLength,
  files: [
    { path: ['large'], size: 21 * 16_384, piecesRoot: root },
    { path: ['small'], size: 5, piecesRoot: merkleRoot(leavesOf(1)) },
  ],
})
const pieceLayers = new Map([[toHex(root), pieces]])

function refusal(bytes: Uint8Array): string {
  try {
    decodeTorrent(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'accepted'
}

/** A torrent file of any fields around `info`. */
function torrentOf(fields: Readonly<Record<string, Parameters<typeof encode>[0]>>): Uint8Array {
  const entries = Object.entries(fields).map(([key, value]) => Buffer.concat([encode(key), encode(value)]))
  return Buffer.concat([utf8('d'), ...entries, encode('info'), info, utf8('e')])
}

test('a v1 torrent file has no piece layers and comes back as it was written', () => {
  const v1 = encode(
    new Map<string, Parameters<typeof encode>[0]>([
      ['length', 5],
      ['name', 'a'],
      ['piece length', 16_384],
      ['pieces', new Uint8Array(20)],
    ]),
  )
  const trackers = [['udp://tracker.example:1/announce'], ['https://tracker.example/announce']]
  const bytes = encodeTorrent({ info: v1, pieceLayers: new Map(), trackers, comment: 'hello' })
  const torrent = decodeTorrent(bytes)
  expect(torrent).toEqual({ info: v1, pieceLayers: new Map(), trackers, webSeeds: [], comment: 'hello' })
  expect(Buffer.from(bytes).includes('piece layers')).toBe(false)
})

test('web seeds of the older kind are read (BEP 17)', () => {
  const urls = ['http://seed.example/?x=1', 'ftp://no.example/']
  expect(decodeTorrent(torrentOf({ httpseeds: urls })).httpSeeds).toEqual([urls[0]])
})

describe('torrent files', () => {
  test('come back as they were written', () => {
    const torrent = {
      info,
      pieceLayers,
      trackers: [['udp://a.example:80', 'https://b.example/announce'], ['wss://c.example']],
      webSeeds: ['https://seed.example/files/'],
      httpSeeds: ['https://seed.example/seed.php'],
      comment: 'Hällo',
      createdBy: 'Peerage',
      creationDate: 1_700_000_000,
    }
    const decoded = decodeTorrent(encodeTorrent(torrent))
    expect(toHex(decoded.info)).toBe(toHex(info))
    expect(decoded).toEqual(torrent)
  })

  test('need nothing but info and layers', () => {
    const decoded = decodeTorrent(encodeTorrent({ info, pieceLayers }))
    expect(decoded).toEqual({ info, pieceLayers, trackers: [], webSeeds: [] })
  })

  test('are canonical', () => {
    const text = Buffer.from(
      encodeTorrent({ info, pieceLayers, trackers: [['udp://a.example:80']] }),
    ).toString('latin1')
    expect(text.startsWith('d8:announce18:udp://a.example:804:infod9:file tree')).toBe(true)
  })

  test('are not written with wrong or missing layers', () => {
    expect(() => encodeTorrent({ info, pieceLayers: new Map() })).toThrow(TypeError)
    const wrong = pieces.slice()
    wrong[0]! ^= 1
    expect(() => encodeTorrent({ info, pieceLayers: new Map([[toHex(root), wrong]]) })).toThrow(TypeError)
  })

  test('are refused when any byte of a layer or root was changed', () => {
    const bytes = encodeTorrent({ info, pieceLayers })
    const at = Buffer.from(bytes).indexOf(pieces)
    for (const offset of [0, 31, 32, pieces.length - 1]) {
      const changed = bytes.slice()
      changed[at + offset]! ^= 1
      expect(refusal(changed)).toBe('content.invalid')
    }
  })

  test('without layers are accepted: peers are asked for them', () => {
    expect(decodeTorrent(torrentOf({})).pieceLayers.size).toBe(0)
  })

  test('may hold layers that belong to nothing, which are dropped', () => {
    const layers = new Map<string, Uint8Array>([['x'.repeat(32), new Uint8Array(32)]])
    expect(decodeTorrent(torrentOf({ 'piece layers': layers })).pieceLayers.size).toBe(0)
  })

  test('take what is good of trackers, web seeds and texts', () => {
    const torrent = decodeTorrent(
      torrentOf({
        announce: 'http://only.example/announce',
        'announce-list': [
          [' udp://a.example:1 ', 'nonsense', 5],
          'x',
          ['javascript:alert(1)'],
          ['udp://a.example:1'],
        ],
        comment: Uint8Array.of(0xff),
        'creation date': -5,
        'url-list': 'https://seed.example/x',
      }),
    )
    expect(torrent.trackers).toEqual([['udp://a.example:1'], ['udp://a.example:1']])
    expect(torrent.webSeeds).toEqual(['https://seed.example/x'])
    expect(torrent.comment).toBeUndefined()
    expect(torrent.creationDate).toBeUndefined()
    expect(decodeTorrent(torrentOf({ announce: 'http://only.example/' })).trackers).toEqual([
      ['http://only.example/'],
    ])
  })

  test('that are none are refused', () => {
    expect(refusal(utf8('hello'))).toBe('bencode.invalid')
    expect(refusal(utf8('de'))).toBe('content.invalid')
    expect(refusal(utf8('d4:infoi5ee'))).toBe('content.invalid')
    expect(refusal(new Uint8Array())).toBe('bencode.invalid')
    expect(() => decodeTorrent(torrentOf({}), { limits: { maxTorrentBytes: 20 } })).toThrow(PeerageError)
  })
})
