import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DirectoryBuilder, FileBuilder, type FileEntry, unixFsProfiles } from '../../content/index.ts'
import { packNode, unpackNode } from './packed-node.ts'
import { FileFinder } from './whole-files.ts'

function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** The nodes of a folder with these files, of which every seventh is one that the content does not know so well. */
function folderOf(names: readonly string[]): { files: FileEntry[]; nodes: Uint8Array[]; finder: FileFinder } {
  const nodes: Uint8Array[] = []
  const options = {
    profile: unixFsProfiles['unixfs-v1-2025'],
    hash: sha256,
    emit: (_: unknown, bytes: Uint8Array) => void nodes.push(bytes),
  }
  const folder = new DirectoryBuilder(options)
  const files = names.map(
    (name, index): FileEntry => ({
      index,
      path: ['folder', name],
      size: 1 + (index % 16_384),
      piecesRoot: sha256(name),
      firstPiece: index,
      pieceCount: 1,
      v1Offset: 0,
    }),
  )
  const finder = new FileFinder(files)
  for (const file of files) {
    const builder = new FileBuilder(options)
    builder.add(file.piecesRoot!, file.size)
    folder.add(file.path[1]!, builder.finish())
    if (file.index % 7 !== 6) finder.add(file)
  }
  folder.finish()
  return { files, nodes, finder }
}

test('any folder is made again byte for byte from what its content says', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 40,
  })
  fc.assert(
    fc.property(names, some => {
      const { files, nodes, finder } = folderOf(some)
      const packed = packNode(nodes.at(-1)!, finder)!
      expect(unpackNode(packed, files)).toEqual(nodes.at(-1))
    }),
  )
})

test('so is one that is a HAMT, and takes a tenth of the room', () => {
  const { files, nodes, finder } = folderOf(Array.from({ length: 5200 }, (_, i) => `file-number-${i}.txt`))
  expect(nodes.length).toBeGreaterThan(256)
  let [before, after] = [0, 0]
  for (const node of nodes) {
    const packed = packNode(node, finder)
    if (packed === undefined) continue
    expect(unpackNode(packed, files)).toEqual(node)
    before += node.length
    after += packed.length
  }
  expect(after / before).toBeLessThan(0.3)
})

test('a node that links to no small file, or is written otherwise, stays as it is', () => {
  const { nodes, finder } = folderOf(['one', 'two'])
  const node = nodes.at(-1)!
  expect(packNode(node, new FileFinder([]))).toBeUndefined()
  expect(packNode(Uint8Array.of(...node, 1), finder)).toBeUndefined()
  expect(packNode(new Uint8Array(0), finder)).toBeUndefined()
})

test('what is damaged, or of other files, is none', () => {
  const { files, nodes, finder } = folderOf(['one', 'two', 'three'])
  const packed = packNode(nodes.at(-1)!, finder)!
  expect(unpackNode(packed, files.slice(0, 1))).toBeUndefined()
  expect(unpackNode(packed.subarray(0, 5), files)).toBeUndefined()
  expect(unpackNode(new Uint8Array(0), files)).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      unpackNode(bytes, files)
    }),
  )
})

test('many files of one name and hash are found at once', () => {
  const [file] = folderOf(['x']).files
  const twins = Array.from({ length: 100_000 }, (_, index) => ({ ...file!, index }))
  const finder = new FileFinder(twins)
  for (const twin of twins) finder.add(twin)
  expect(finder.find('x', sha256('x'))).toBe(0)
  expect(finder.find('y', sha256('x'))).toBeUndefined()
})
