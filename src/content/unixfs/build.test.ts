import { createHash } from 'node:crypto'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { concat, equalBytes, PeerageError, seededRandom, toHex, utf8 } from '../../base/index.ts'
import { decodeDagPb, decodeUnixFs, encodeDagPb, encodeUnixFs } from '../../wire/index.ts'
import type { BuildOptions, DagChild } from './dag-child.ts'
import { buildSymlink, DirectoryBuilder } from './directory-builder.ts'
import { FileBuilder, leafFrame } from './file-builder.ts'
import { murmur3 } from './murmur3.ts'
import { legacyProfile, modernProfile, type UnixFsProfile } from './profile.ts'
import { TreeBuilder } from './tree-builder.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const quiet = (profile: UnixFsProfile): BuildOptions => ({ profile, hash: sha256, emit: () => undefined })
const profiles = [modernProfile, legacyProfile]

/** The root of a file, its leaves hashed as a worker does. */
function fileOf(bytes: Uint8Array, options: BuildOptions): DagChild {
  const builder = new FileBuilder(options)
  const { leafBytes } = options.profile
  for (let at = 0; at < bytes.length; at += leafBytes) {
    const leaf = bytes.subarray(at, at + leafBytes)
    const { before, after } = leafFrame(options.profile, leaf.length)
    builder.add(sha256(concat([before, leaf, after])), leaf.length)
  }
  return builder.finish()
}

/** A file of equal leaves, one of which is hashed. */
function fileOfLeaves(leaves: number, profile: UnixFsProfile, fill: number): CID {
  const leaf = new Uint8Array(profile.leafBytes).fill(fill)
  const { before, after } = leafFrame(profile, leaf.length)
  const digest = sha256(concat([before, leaf, after]))
  const builder = new FileBuilder(quiet(profile))
  for (let i = 0; i < leaves; i++) builder.add(digest, leaf.length)
  return builder.finish().cid
}

const nowhere = { put: async (cid: CID) => cid, has: async () => false }

/** Roots by path, as Helia's importer makes them. */
async function theirs(
  files: readonly { path: string; content?: Uint8Array }[],
  profile: UnixFsProfile,
  chunkSize = profile.leafBytes,
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const source = files.map(({ path, content }) => ({ path, ...(content && { content }) }))
  const store = nowhere as unknown as Parameters<typeof importer>[1]
  for await (const entry of importer(source, store, {
    profile: profile.name,
    wrapWithDirectory: true,
    chunker: fixedSize({ chunkSize }),
  }))
    found.set(entry.path ?? '', entry.cid.toString())
  return found
}

describe('CIDs that are printed in the specifications', () => {
  const hello = utf8('hello world')

  it('small files (IPIP-499)', () => {
    expect(fileOf(hello, quiet(modernProfile)).cid.toString()).toBe(
      'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
    )
    expect(fileOf(hello, quiet(legacyProfile)).cid.toString()).toBe(
      'Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD',
    )
  })

  it('empty files and folders (UnixFS, "Well-Known UnixFS CIDs")', () => {
    const empty = new Uint8Array(0)
    expect(fileOf(empty, quiet(modernProfile)).cid.toString()).toBe(
      'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    )
    expect(fileOf(empty, quiet(legacyProfile)).cid.toString()).toBe(
      'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH',
    )
    expect(new DirectoryBuilder(quiet(modernProfile)).finish().cid.toString()).toBe(
      'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354',
    )
    expect(new DirectoryBuilder(quiet(legacyProfile)).finish().cid.toString()).toBe(
      'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn',
    )
  })

  it('folders of files (UnixFS, "Nested Directories")', () => {
    const tree = new TreeBuilder(quiet(modernProfile))
    tree.add(['foo.txt'], fileOf(utf8('Hello, IPFS!'), quiet(modernProfile)))
    tree.add(['subdir', 'ascii.txt'], fileOf(utf8('hello application/vnd.ipld.car'), quiet(modernProfile)))
    expect(() => tree.add(['foo.txt', 'x'], fileOf(hello, quiet(modernProfile)))).toThrow(PeerageError)
    expect(() => tree.add(['subdir'], fileOf(hello, quiet(modernProfile)))).toThrow(PeerageError)
    expect(() => tree.addFolder(['foo.txt'])).toThrow(PeerageError)
  })
})

describe('CIDs are those of Helia', () => {
  const random = seededRandom(499)

  it.each(profiles.map(profile => [profile.name, profile] as const))(
    'files of %s',
    async (_name, profile) => {
      const { leafBytes } = profile
      for (const length of [0, 1, 100, leafBytes - 1, leafBytes, leafBytes + 1, 3 * leafBytes + 7]) {
        const content = random.bytes(length)
        const found = await theirs([{ path: 'a', content }], profile)
        const tree = new TreeBuilder(quiet(profile))
        tree.add(['a'], fileOf(content, quiet(profile)))
        expect(tree.finish().cid.toString(), `${length} bytes`).toBe(found.get(''))
        expect(fileOf(content, quiet(profile)).cid.toString()).toBe(found.get('a'))
      }
    },
  )

  it.each([174, 175, 174 * 174, 174 * 174 + 1])(
    'files of %d leaves, more than a node has links',
    async leaves => {
      const content = random.bytes(leaves * 16)
      const found = await theirs([{ path: 'a', content }], legacyProfile, 16)
      const { cid } = fileOf(content, quiet({ ...legacyProfile, leafBytes: 16 }))
      expect(cid.toString()).toBe(found.get('a'))
    },
  )

  it.each(profiles.map(profile => [profile.name, profile] as const))(
    'trees of %s',
    async (_name, profile) => {
      const paths = ['b', 'a', 'Z', 'ü', 'd/x', 'd/e/f', 'd/e/g', '10', '9', '\u{10000}', '\uffee']
      const files = paths.map(path => ({ path, content: utf8(path) }))
      const found = await theirs([...files, { path: 'empty' }], profile)
      const tree = new TreeBuilder(quiet(profile))
      for (const { path, content } of files) tree.add(path.split('/'), fileOf(content, quiet(profile)))
      tree.addFolder(['empty'])
      expect(tree.finish().cid.toString()).toBe(found.get(''))
    },
  )

  it.each([
    ['a few below the bound', modernProfile, 4_000],
    ['many', modernProfile, 10_000],
    ['many', legacyProfile, 10_000],
  ] as const)('folders of %s entries', async (_name, profile, count) => {
    const content = utf8('the same')
    const files = Array.from({ length: count }, (_, i) => ({ path: `file ${i}`, content }))
    const found = await theirs(files, profile)
    const options = quiet(profile)
    const directory = new DirectoryBuilder(options)
    const child = fileOf(content, options)
    for (const { path } of files) directory.add(path, child)
    expect(directory.finish().cid.toString()).toBe(found.get(''))
  })

  it.each(profiles.map(profile => [profile.name, profile] as const))(
    'folders around the bound of %s',
    async (_name, profile) => {
      const child = fileOf(utf8('x'), quiet(profile))
      for (const more of [-1, 0, 1]) {
        const names = namesOfSize(profile, child, more)
        const files = names.map(path => ({ path, content: utf8('x') }))
        const found = await theirs(files, profile)
        const nodes: Uint8Array[] = []
        const directory = new DirectoryBuilder({
          ...quiet(profile),
          emit: (_cid, bytes) => nodes.push(bytes),
        })
        for (const name of names) directory.add(name, child)
        expect(directory.finish().cid.toString(), `${more}`).toBe(found.get(''))
        const { type } = decodeUnixFs(decodeDagPb(nodes.at(-1)!).data!)
        expect(type).toBe(more > 0 ? 'hamt' : 'directory')
      }
    },
  )
})

/** Names that make a folder of just as many bytes as one may have, and `more`. */
function namesOfSize(profile: UnixFsProfile, child: DagChild, more: number): string[] {
  const perEntry = profile.shardBy === 'links-bytes' ? child.cid.bytes.length : child.cid.bytes.length + 8
  const empty = profile.shardBy === 'links-bytes' ? 0 : 4
  let rest = 262_144 + more - empty
  const names: string[] = []
  while (rest > 3 * (60 + perEntry)) {
    names.push(`${names.length}`.padEnd(60, '-'))
    rest -= 60 + perEntry
  }
  for (let i = 3; i > 0; i--) {
    const length = Math.floor(rest / i) - perEntry
    names.push(`${names.length}`.padEnd(length, '-'))
    rest -= length + perEntry
  }
  return names
}

describe('a file', () => {
  it('of 1,025 leaves has a root of two nodes, of 1,024 one of leaves', () => {
    const nodes: Uint8Array[] = []
    const builder = new FileBuilder({ ...quiet(modernProfile), emit: (_cid, bytes) => nodes.push(bytes) })
    for (let i = 0; i < 1_025; i++) builder.add(new Uint8Array(32), modernProfile.leafBytes)
    builder.finish()
    expect(nodes.map(bytes => decodeDagPb(bytes).links.length)).toEqual([1_024, 1, 2])
    expect(fileOfLeaves(1_024, modernProfile, 0).toString()).not.toBe(
      fileOfLeaves(1_025, modernProfile, 0).toString(),
    )
  })

  it('of 200 GB is built with a node of each level in memory', () => {
    let emitted = 0
    const builder = new FileBuilder({
      profile: modernProfile,
      hash: () => new Uint8Array(32),
      emit: () => emitted++,
    })
    const digest = new Uint8Array(32)
    const leaves = 200_000
    for (let i = 0; i < leaves; i++) builder.add(digest, modernProfile.leafBytes)
    const { fileSize } = builder.finish()
    expect(fileSize).toBe(leaves * modernProfile.leafBytes)
    expect(emitted).toBe(Math.ceil(leaves / 1_024) + 1)
  })

  it('has its mode and time in its root, above a leaf that has no room for them', () => {
    const nodes: Uint8Array[] = []
    const builder = new FileBuilder({ ...quiet(modernProfile), emit: (_cid, bytes) => nodes.push(bytes) })
    builder.add(sha256(utf8('x')), 1)
    builder.finish({ mode: 0o600, mtime: { seconds: 5, nanoseconds: 0 } })
    const { links, data } = decodeDagPb(nodes[0]!)
    expect(links).toHaveLength(1)
    expect(decodeUnixFs(data!)).toEqual({
      type: 'file',
      fileSize: 1,
      blockSizes: [1],
      mode: 0o600,
      mtime: { seconds: 5, nanoseconds: 0 },
    })
  })

  it('of one leaf that is not raw has them in it, as Kubo does', () => {
    // What `ipfs add --preserve-mode --preserve-mtime` of Kubo 0.43.1 stored for "hi\n" with mode 4755.
    const metadata = { mode: 0o4755, mtime: { seconds: 1_700_000_000, nanoseconds: 0 } }
    const { before, after } = leafFrame(legacyProfile, 3, metadata)
    const block = concat([before, utf8('hi\n'), after])
    expect(toHex(block)).toBe('0a140802120368690a180338ed1342060880e2cfaa06')
    const builder = new FileBuilder(quiet(legacyProfile))
    builder.add(sha256(block), 3)
    const { cid, dagSize, fileSize } = builder.finish(metadata)
    expect([toHex(cid.multihash.digest), dagSize, fileSize]).toEqual([toHex(sha256(block)), block.length, 3])
    const empty: Uint8Array[] = []
    new FileBuilder({ ...quiet(legacyProfile), emit: (_cid, bytes) => empty.push(bytes) }).finish(metadata)
    expect(decodeUnixFs(decodeDagPb(empty[0]!).data!)).toMatchObject({ fileSize: 0, ...metadata })
  })

  it.each([1, 127, 128, 16_384, 262_144, 3_000_000])(
    'of one leaf that is not raw has around %d bytes what encoders put there',
    length => {
      const data = new Uint8Array(length).fill(7)
      for (const metadata of [{}, { mode: 0o600, mtime: { seconds: 5, nanoseconds: 6 } }]) {
        const { before, after } = leafFrame(legacyProfile, length, metadata)
        const message = encodeUnixFs({ type: 'file', data, fileSize: length, blockSizes: [], ...metadata })
        const block = concat([before, data, after])
        expect(equalBytes(block, encodeDagPb({ links: [], data: message }))).toBe(true)
      }
    },
  )

  it('takes no leaf after a short one, and none that is too long', () => {
    const builder = new FileBuilder(quiet(modernProfile))
    expect(() => builder.add(new Uint8Array(32), modernProfile.leafBytes + 1)).toThrow(TypeError)
    builder.add(new Uint8Array(32), 5)
    expect(() => builder.add(new Uint8Array(32), 5)).toThrow(TypeError)
  })
})

describe('a folder', () => {
  it('refuses a name twice', () => {
    const directory = new DirectoryBuilder(quiet(modernProfile))
    const child = fileOf(utf8('x'), quiet(modernProfile))
    directory.add('a', child)
    expect(() => directory.add('a', child)).toThrow(PeerageError)
  })

  it('holds links, as Kubo writes them', () => {
    const nodes: Uint8Array[] = []
    buildSymlink('../target', { ...quiet(legacyProfile), emit: (_cid, bytes) => nodes.push(bytes) })
    expect(toHex(nodes[0]!)).toBe(`0a0d08041209${toHex(utf8('../target'))}`)
  })
})

describe('murmur3', () => {
  // As the reference implementation says (smhasher, `MurmurHash3_x64_128`, seed 0, first half).
  it.each([
    ['', '0000000000000000'],
    ['hello', 'cbd8a7b341bd9b02'],
    ['hello, world', '342fac623a5ebc8e'],
    ['19 Jan 2038 at 3:14:07 AM', 'b89e5988b737affc'],
    ['The quick brown fox jumps over the lazy dog.', 'cd99481f9ee902c9'],
  ])('of %j', (text, hash) => {
    expect(toHex(murmur3(utf8(text)))).toBe(hash)
  })
})

it('a large folder is made by steps that are short, and is the same', () => {
  const large = (): TreeBuilder => {
    const tree = new TreeBuilder(quiet(modernProfile))
    const child = new FileBuilder(quiet(modernProfile)).finish()
    for (let at = 0; at < 20_000; at++) tree.add(['folder', `a file with the number ${at}`], child)
    return tree
  }
  const work = large().steps()
  let steps = 0
  let step = work.next()
  for (; !step.done; step = work.next()) steps++
  // Entries are added and hashed by 512, and each node of the HAMT is a step.
  expect(steps).toBeGreaterThan(2 * Math.floor(20_000 / 512) + 256)
  expect(step.value.cid.toString()).toBe(large().finish().cid.toString())
})

it('a tree is the same when each folder is made as soon as nothing more comes into it', () => {
  const child = new FileBuilder(quiet(modernProfile)).finish()
  const folders = [['a'], ['b', 'c'], ['b', 'd'], ['b']]
  const treeOf = (closes: boolean): TreeBuilder => {
    const tree = new TreeBuilder(quiet(modernProfile))
    tree.addFolder(['b', 'd', 'empty'])
    for (const folder of folders) {
      for (let i = 0; i < 50; i++) tree.add([...folder, `${i}`], child)
      if (closes) for (const _ of tree.close(folder));
    }
    return tree
  }
  const root = treeOf(true).finish().cid.toString()
  expect(root).toBe(treeOf(false).finish().cid.toString())
  expect(() => treeOf(true).add(['a', 'late'], child)).toThrow(PeerageError)
})
