import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce } from '../../base/index.ts'
import { DirectoryBuilder, FileBuilder, type FileEntry, unixFsProfiles } from '../../content/index.ts'
import { HamtNodes, type HamtPlace } from './hamt-nodes.ts'
import { packNode, unpackNode } from './packed-node.ts'
import { FileFinder } from './whole-files.ts'

function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

interface Folder {
  readonly files: FileEntry[]
  readonly nodes: Uint8Array[]
  readonly finder: FileFinder
  readonly hamt: HamtNodes
  /** As after a restart. */
  readonly later: HamtNodes
}

/** The nodes of a folder with these files, of which those that `isOther` have more bytes than the content knows by their hash. */
function folderOf(names: readonly string[], isOther = (index: number) => index % 7 === 6): Folder {
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
      size: 1 + (index % 16_384) + (isOther(index) ? 16_384 : 0),
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
    if (!isOther(file.index)) finder.add(file)
  }
  folder.finish()
  return { files, nodes, finder, hamt: new HamtNodes(files), later: new HamtNodes(files) }
}

/** What is kept of a node, and the node again. */
function kept(
  node: Uint8Array,
  { finder, hamt, later }: Folder,
): { place?: HamtPlace; bytes: number; again: Uint8Array } {
  const packed = atOnce(packNode(node, finder, hamt))
  if (packed === undefined) return { bytes: node.length, again: node }
  if (!('place' in packed))
    return { bytes: packed.bytes.length, again: atOnce(unpackNode(packed.bytes, later))! }
  atOnce(later.prepare(packed.place.file))
  return { place: packed.place, bytes: 0, again: later.node(packed.place)!.bytes }
}

test('any folder is made again byte for byte from what its content says', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 40,
  })
  fc.assert(
    fc.property(names, some => {
      const folder = folderOf(some)
      expect(kept(folder.nodes.at(-1)!, folder).again).toEqual(folder.nodes.at(-1))
    }),
  )
})

const many = Array.from({ length: 5200 }, (_, i) => `file-number-${i}.txt`)

test.each([
  ['of which the content says all takes nothing but its root', () => false, 0.04],
  ['of which it does not say a few keeps those', (index: number) => index % 100 === 0, 0.1],
  ['of which it does not say many is less than a third', (index: number) => index % 7 === 6, 0.3],
] as const)('a HAMT %s', (_, isOther, most) => {
  const folder = folderOf(many, isOther)
  let [before, after] = [0, 0]
  expect(folder.nodes.length).toBeGreaterThan(256)
  for (const node of folder.nodes) {
    const { bytes, again } = kept(node, folder)
    expect(again).toEqual(node)
    before += node.length
    after += bytes
  }
  expect(after / before).toBeLessThan(most)
})

test('nodes are found by any file below them, and by no other', () => {
  const folder = folderOf(many, () => false)
  const { hamt, nodes } = folder
  const places = nodes.flatMap(node => kept(node, folder).place ?? [])
  expect(places.length).toBe(nodes.length - 1)
  expect(hamt.links({ file: 0, level: 0 })).toBeUndefined()
  for (const level of [1, 2, 7]) {
    const links = hamt.links({ file: 17, level })!
    expect(links.some(({ name }) => name?.slice(2) === many[17])).toBe(level > 1 || links.length > 1)
  }
  for (const place of [
    { file: 5200, level: 1 },
    { file: -1, level: 1 },
    { file: 0, level: 8 },
    { file: 0, level: -1 },
  ])
    expect(hamt.node(place)).toBeUndefined()
  expect(new HamtNodes(folder.files).node({ file: 0, level: 1 })).toBeUndefined()
  // Nodes that are asked for lately stay; all of them would be the folder once more.
  for (const place of places) hamt.node(place)
  expect(hamt.node(places.at(-1)!)).toBe(hamt.node(places.at(-1)!))
})

test('files of other folders are not taken for those of this one', () => {
  const { files, nodes } = folderOf(many, () => false)
  const beside = [
    ['a'],
    ['folder', 'a', 'file-number-1.txt'],
    ['folder', 'folder', 'b'],
    ['folderx'],
    ['z', 'folder'],
  ]
  const all = [...files, ...beside.map(path => ({ ...files[0]!, path }))]
    .sort((a, b) => Buffer.compare(Buffer.from(a.path.join('\0')), Buffer.from(b.path.join('\0'))))
    .map((file, index) => ({ ...file, index }))
  const finder = new FileFinder(all)
  for (const file of all) finder.add(file)
  const folder = { files: all, nodes, finder, hamt: new HamtNodes(all), later: new HamtNodes(all) }
  expect(nodes.filter(node => kept(node, folder).place === undefined).length).toBe(1)
})

test('names of equal hashes are in no HAMT', () => {
  const [file] = folderOf(['x'], () => false).files
  const twins = [file!, { ...file!, index: 1 }]
  const hamt = new HamtNodes(twins)
  atOnce(hamt.prepare(1))
  expect(hamt.isReady(0)).toBe(true)
  expect(hamt.node({ file: 0, level: 0 })).toBeUndefined()
})

test('a node that links to no small file, or is written otherwise, stays as it is', () => {
  const { nodes, finder, hamt } = folderOf(['one', 'two'])
  const node = nodes.at(-1)!
  expect(atOnce(packNode(node, new FileFinder([]), hamt))).toBeUndefined()
  expect(atOnce(packNode(Uint8Array.of(...node, 1), finder, hamt))).toBeUndefined()
  expect(atOnce(packNode(new Uint8Array(0), finder, hamt))).toBeUndefined()
})

test.each([
  ['of a plain folder', ['one', 'two', 'three']],
  ['of a HAMT', many],
])('what is damaged, or of other files, is none: %s', (_, names) => {
  const folder = folderOf(names, index => index === 1)
  const { files, nodes, finder, hamt } = folder
  const packs = nodes.map(node => atOnce(packNode(node, finder, hamt)))
  const { bytes } = packs.find(packed => packed !== undefined && 'bytes' in packed) as { bytes: Uint8Array }
  const unpack = (some: Uint8Array, of = files): Uint8Array | undefined =>
    atOnce(unpackNode(some, new HamtNodes(of)))
  expect(unpack(bytes)).toBeDefined()
  expect(unpack(bytes, files.slice(0, 1))).toBeUndefined()
  expect(unpack(bytes.subarray(0, 3))).toBeUndefined()
  expect(unpack(new Uint8Array(0))).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), damaged => {
      atOnce(unpackNode(damaged, hamt))
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
