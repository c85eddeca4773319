import { createHash, hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/index.ts'
import { decodeTorrent, encodeTorrent, parseContent } from '../../src/content/index.ts'
import { type Described, describeFolder } from './describe-folder.ts'
import { makeShape, type Shape, shapes } from './folder-shapes.ts'
import { type FromLibtorrent, runLibtorrent } from './libtorrent.ts'

interface Case {
  readonly shape: Shape
  readonly pieceLength: number
  readonly hybrid: boolean
}

const pieceLengths = [16_384, 65_536, 1_048_576, 4_194_304]
const cases: Case[] = shapes.flatMap(shape =>
  pieceLengths.flatMap(pieceLength => [false, true].map(hybrid => ({ shape, pieceLength, hybrid }))),
)

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const hexLayers = (layers: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...layers].map(([root, hashes]) => [root, toHex(hashes)]))

let folder: string
const ours: Described[] = []
let theirs: FromLibtorrent[] = []
let loaded: FromLibtorrent[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerage-interop-'))
  const roots = new Map(shapes.map(shape => [shape, makeShape(folder, shape)]))
  theirs = runLibtorrent(
    cases.map(({ shape, pieceLength, hybrid }) => ({
      path: roots.get(shape),
      pieceLength,
      v2Only: !hybrid,
      links: shape.extraLinks ?? [],
    })),
  )
  for (const { shape, pieceLength, hybrid } of cases)
    ours.push(describeFolder(roots.get(shape)!, pieceLength, hybrid, shape.extraLinks))
  const trackers = [['udp://tracker.example:80'], ['https://tracker.example/announce']]
  loaded = runLibtorrent(
    ours.map(described => ({ load: base64(encodeTorrent({ ...described, trackers }, { hash: sha256 })) })),
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(cases.map((each, index) => ({ ...each, index, name: each.shape.name })))(
  '$name in pieces of $pieceLength, hybrid: $hybrid',
  ({ index, hybrid }) => {
    test('has the info dictionary and hash that libtorrent makes', () => {
      const { info } = ours[index]!
      expect(Buffer.from(info).toString('latin1')).toBe(
        Buffer.from(theirs[index]!.info, 'base64').toString('latin1'),
      )
      expect(toHex(sha256(info))).toBe(theirs[index]!.v2)
      expect(hybrid ? createHash('sha1').update(info).digest('hex') : null).toBe(theirs[index]!.v1)
    })

    test('is read from libtorrent with all piece layers', () => {
      const torrent = decodeTorrent(Buffer.from(theirs[index]!.torrent, 'base64'), { hash: sha256 })
      expect(hexLayers(torrent.pieceLayers)).toEqual(hexLayers(ours[index]!.pieceLayers))
      const infoHashV1 = createHash('sha1').update(torrent.info).digest()
      const content = parseContent(torrent.info, { infoHash: sha256(torrent.info), infoHashV1 })
      expect(content.version).toBe(hybrid ? 'hybrid' : 'v2')
    })

    test('is read by libtorrent as it was meant', () => {
      const { info } = ours[index]!
      const content = parseContent(info, { infoHash: sha256(info) })
      expect(loaded[index]!.v2).toBe(theirs[index]!.v2)
      expect(loaded[index]!.v1).toBe(theirs[index]!.v1)
      const names = content.files.map(file => file.path[file.path.length - 1])
      expect(loaded[index]!.files.map(([path]) => path.split('/').pop())).toEqual(names)
      expect(loaded[index]!.files.map(([, size]) => size)).toEqual(content.files.map(file => file.size))
    })
  },
)
