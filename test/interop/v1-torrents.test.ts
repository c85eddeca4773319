import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemWorld, toHex } from '../../src/base/index.ts'
import { decodeTorrent, parseContent } from '../../src/content/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { makeShape, shapes } from './folder-shapes.ts'
import { type FromLibtorrent, runLibtorrent } from './libtorrent.ts'

// Without links, and without a name that is never given to a downloaded file.
const plain = shapes.filter(
  ({ files, links, extraLinks }) =>
    links === undefined &&
    extraLinks === undefined &&
    !Object.keys(files).some(name => name.includes('\ufeff')),
)
const cases = plain.flatMap(shape =>
  [16_384, 49_152, 1_048_576, 2_097_152].flatMap(pieceLength =>
    [false, true].map(padded => ({ shape, name: shape.name, pieceLength, padded })),
  ),
)

let folder: string
let store: Store
let theirs: FromLibtorrent[] = []

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'peerage-v1-')))
  const roots = new Map(plain.map(shape => [shape, makeShape(join(folder, shape.name), shape)]))
  const made = cases.map(({ shape, pieceLength, padded }) => {
    const path = roots.get(shape)
    return { path, pieceLength, v2Only: false, v1Only: true, padded, links: [] }
  })
  theirs = runLibtorrent(made)
  store = await openStore({ home: join(folder, 'home'), world: systemWorld })
})

afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(cases.map((each, index) => ({ ...each, index })))(
  'v1 torrent of $name in pieces of $pieceLength, padded: $padded',
  ({ index, name }) => {
    test('is read as libtorrent meant it, and recognised on disk by its pieces', async () => {
      const { info } = decodeTorrent(Buffer.from(theirs[index]!.torrent, 'base64'))
      const infoHashV1 = createHash('sha1').update(info).digest()
      expect(toHex(infoHashV1)).toBe(theirs[index]!.v1)
      const content = parseContent(info, { infoHashV1 })
      expect(content.version).toBe('v1')
      const sizes = theirs[index]!.files.map(([, size]) => size)
      expect(content.files.map(({ size }) => size)).toEqual(sizes)
      const stored = await store.addDownload(content, { into: join(folder, name) })
      await stored.completed
      expect(stored.have.isFull || stored.totalSize === 0).toBe(true)
      expect(await stored.verify()).toEqual({ bad: [] })
      await store.remove(stored.hash, { deleteFiles: false })
    })
  },
)
