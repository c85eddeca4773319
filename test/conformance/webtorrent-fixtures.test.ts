import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import fixtures from 'webtorrent-fixtures'
import { PeerageError, toHex } from '../../src/base/index.ts'
import {
  type Content,
  decodeTorrent,
  parseContent,
  parseLink,
  type Torrent,
} from '../../src/content/index.ts'

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest()
const { blocklist: _, corrupt, ...sound } = fixtures
const named = Object.entries(sound)
const withContent = named.filter(([, { contentPath }]) => contentPath !== undefined)

function read(bytes: Uint8Array): { torrent: Torrent; content: Content } {
  const torrent = decodeTorrent(bytes)
  return { torrent, content: parseContent(torrent.info, { infoHashV1: sha1(torrent.info) }) }
}

/** What `parse-torrent` reads from the same files is the other opinion. */
describe.each(named)('%s', (_name, { torrent: bytes, parsedTorrent, magnetURI }) => {
  const { torrent, content } = read(bytes)

  test('is read as WebTorrent reads it', () => {
    expect(content.version).toBe('v1')
    expect(toHex(content.infoHash)).toBe(parsedTorrent.infoHash)
    expect(content.name).toBe(parsedTorrent.name)
    expect(content.isPrivate).toBe(parsedTorrent.private === true)
    expect(content.pieceLength).toBe(parsedTorrent.pieceLength)
    expect(content.totalSize).toBe(parsedTorrent.length)
    const prefix = content.singleFile ? [] : [content.name]
    const files = content.files.map(({ path, size }) => [[...prefix, ...path].join('/'), size])
    expect(files).toEqual(parsedTorrent.files.map(({ path, length }) => [path, length]))
    expect(Buffer.from(content.v1Pieces!).toString('hex')).toBe(parsedTorrent.pieces.join(''))
    expect(torrent.trackers.flat()).toEqual(parsedTorrent.announce)
    expect(torrent.webSeeds).toEqual(parsedTorrent.urlList)
  })

  test('has the magnet link that WebTorrent writes', () => {
    const link = parseLink(magnetURI)
    expect(toHex(link.infoHashV1!)).toBe(parsedTorrent.infoHash)
    expect(link.name).toBe(parsedTorrent.name)
    expect(link.webSeeds).toEqual(parsedTorrent.urlList)
  })
})

test.each(withContent)('the bytes of %s have the hashes of its pieces', (_name, fixture) => {
  const { content } = read(fixture.torrent)
  const bytes = Buffer.concat(
    content.files.map(({ path }) =>
      readFileSync(content.singleFile ? fixture.contentPath! : join(fixture.contentPath!, ...path)),
    ),
  )
  const hashes = Array.from({ length: content.pieceCount }, (_, piece) =>
    sha1(bytes.subarray(piece * content.pieceLength, (piece + 1) * content.pieceLength)),
  )
  expect(bytes.length).toBe(content.totalSize)
  expect(toHex(Buffer.concat(hashes))).toBe(toHex(content.v1Pieces!))
})

test('the corrupt one is refused, and why is said', () => {
  const refused = (): unknown => read(corrupt.torrent)
  expect(refused).toThrow(PeerageError)
  expect(refused).toThrow(expect.objectContaining({ code: 'content.invalid', message: 'It has no name.' }))
})
