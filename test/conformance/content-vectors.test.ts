import { createHash, hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/index.ts'
import { buildInfo, parseContent } from '../../src/content/index.ts'
import { describeFolder } from '../interop/describe-folder.ts'
import { makeShape, shapes } from '../interop/folder-shapes.ts'

interface Vector {
  readonly shape: string
  readonly pieceLength: number
  readonly v1: string | null
  readonly v2: string
  readonly files: readonly (readonly [path: string, size: number])[]
  readonly info: string
}

const { vectors } = JSON.parse(readFileSync(join(import.meta.dirname, 'content-vectors.json'), 'utf8')) as {
  vectors: Vector[]
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerage-vectors-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Info dictionaries that libtorrent made; test/interop makes the same comparison with libtorrent itself at hand. */
describe.each(vectors)('$shape in pieces of $pieceLength', vector => {
  const info = Buffer.from(vector.info, 'base64')
  const infoHash = hash('sha256', info, 'buffer')
  const infoHashV1 = createHash('sha1').update(info).digest()
  const content = parseContent(info, { infoHash, infoHashV1 })

  test('is read as it was meant', () => {
    expect(toHex(infoHash)).toBe(vector.v2)
    expect(vector.v1 === null || toHex(infoHashV1) === vector.v1).toBe(true)
    expect(content.version).toBe(vector.v1 === null ? 'v2' : 'hybrid')
    expect(content.pieceLength).toBe(vector.pieceLength)
    const prefix = content.singleFile ? [] : [content.name]
    const files = content.files.map(file => [[...prefix, ...file.path].join('/'), file.size])
    expect(files).toEqual(vector.files)
  })

  test('is built again from what was read', () => {
    const { name, pieceLength, files, singleFile, v1Pieces } = content
    const built = buildInfo({ name, pieceLength, files, singleFile, hybrid: v1Pieces })
    expect(toHex(built)).toBe(toHex(info))
  })

  test('is built from the folder', () => {
    const shape = shapes.find(each => each.name === vector.shape)!
    const root = makeShape(folder, shape)
    const built = describeFolder(root, vector.pieceLength, vector.v1 !== null, shape.extraLinks)
    expect(toHex(built.info)).toBe(toHex(info))
  })
})
