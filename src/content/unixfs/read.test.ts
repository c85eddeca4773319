import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import fc from 'fast-check'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { trickle } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, PeerageError, seededRandom, sha256, utf8 } from '../../base/index.ts'
import { encodeDagPb, encodeUnixFs, type PbLink, type UnixFsData } from '../../wire/index.ts'
import { cidOfSha256, codecs, hashCodes } from '../cid.ts'
import type { DagChild } from './dag-child.ts'
import { buildSymlink, DirectoryBuilder } from './directory-builder.ts'
import { FileBuilder, leafFrame } from './file-builder.ts'
import { fileLeaves, readFileBytes } from './file-leaves.ts'
import { KnownFolders } from './known-folders.ts'
import { dagLimits } from './limits.ts'
import { listDirectory } from './list-directory.ts'
import { MemoryBlocks } from './memory-blocks.ts'
import { legacyProfile, modernProfile, type UnixFsProfile } from './profile.ts'
import { resolvePath } from './resolve-path.ts'
import { statNode } from './stat-node.ts'
import { knownLinksOf, linksOf, walkDag } from './walk-dag.ts'
import { walkTree } from './walk-tree.ts'

async function codeOf(action: () => Promise<unknown> | AsyncIterable<unknown>): Promise<string | undefined> {
  try {
    const result = action()
    if (Symbol.asyncIterator in result) for await (const _ of result);
    else await result
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Blocks in memory with what makes them. */
class Maker extends MemoryBlocks {
  put2(bytes: Uint8Array, codec: number): CID {
    return this.put(cidOfSha256(sha256(bytes), codec, 1), bytes)
  }

  node(data: UnixFsData, links: readonly PbLink[] = []): CID {
    return this.put2(encodeDagPb({ links, data: encodeUnixFs(data) }), codecs.dagPb)
  }

  options(profile: UnixFsProfile) {
    return { profile, emit: (cid: CID, bytes: Uint8Array) => void this.put(cid, bytes) }
  }

  file(bytes: Uint8Array, profile: UnixFsProfile): DagChild {
    const builder = new FileBuilder(this.options(profile))
    for (let at = 0; at < bytes.length; at += profile.leafBytes) {
      const part = bytes.subarray(at, at + profile.leafBytes)
      const { before, after } = leafFrame(profile, part.length)
      const leaf = concat([before, part, after])
      const digest = sha256(leaf)
      builder.add(digest, part.length)
      const codec = profile.rawLeaves ? codecs.raw : codecs.dagPb
      this.put(cidOfSha256(digest, codec, profile.rawLeaves ? 1 : profile.cidVersion), leaf)
    }
    return builder.finish()
  }

  raw(text: string): CID {
    return this.put2(utf8(text), codecs.raw)
  }
}

const random = seededRandom(1)
const small: readonly UnixFsProfile[] = [
  { ...modernProfile, leafBytes: 16, maxLinks: 3 },
  { ...legacyProfile, leafBytes: 16, maxLinks: 3 },
]
const linkTo = (cid: CID, name = '', size = 0): PbLink => ({ hash: cid.bytes, name, size })

describe('files', () => {
  it('are read as they were, and any range of them', async () => {
    for (const profile of small) {
      const made = new Maker()
      const bytes = random.bytes(777)
      const { cid } = made.file(bytes, profile)
      expect(concat(await all(readFileBytes(made, cid)))).toEqual(bytes)
      expect(await statNode(made, cid)).toEqual({ kind: 'file', size: 777 })
      await fc.assert(
        fc.asyncProperty(fc.nat(800), fc.nat(800), fc.nat(5), async (start, length, ahead) => {
          const range = { start, end: start + length }
          const read = concat(await all(readFileBytes(made, cid, { range, ahead })))
          expect(read).toEqual(bytes.subarray(start, start + length))
        }),
        { numRuns: 50 },
      )
    }
  })

  it('cost only the blocks that a range needs', async () => {
    const made = new Maker()
    const { cid } = made.file(random.bytes(16 * 27), small[0]!)
    await all(readFileBytes(made, cid, { range: { start: 20, end: 30 } }))
    // Three nodes one above the other, and a leaf.
    expect(made.asked).toHaveLength(4)
    made.asked.length = 0
    const leaves = await all(fileLeaves(made, cid))
    expect(leaves.map(({ offset }) => offset)).toEqual(Array.from({ length: 27 }, (_, i) => 16 * i))
    expect(made.asked).toHaveLength(1 + 3 + 9)
  })

  it.each(['trickle', 'data beside links'])('of other shapes are read: %s', async shape => {
    const made = new Maker()
    const bytes = random.bytes(1_000)
    if (shape === 'trickle') {
      const store = {
        put: async (cid: CID, block: Uint8Array) => made.put(cid, block),
        has: async () => false,
      }
      const source = [{ path: 'a', content: bytes }]
      const options = { layout: trickle(), chunker: fixedSize({ chunkSize: 10 }), rawLeaves: false }
      const [entry] = await all(importer(source, store as never, options))
      expect(concat(await all(readFileBytes(made, entry!.cid)))).toEqual(bytes)
      return
    }
    const leaf = made.put2(bytes.subarray(10), codecs.raw)
    const data = { type: 'file', data: bytes.slice(0, 10), fileSize: 1_000, blockSizes: [990] } as const
    const cid = made.node(data, [linkTo(leaf)])
    expect(concat(await all(readFileBytes(made, cid)))).toEqual(bytes)
  })

  it('may stand in their CID', async () => {
    const cid = CID.createV1(codecs.raw, Digest.create(hashCodes.identity, utf8('inline')))
    expect(concat(await all(readFileBytes(new Maker(), cid)))).toEqual(utf8('inline'))
  })

  it('end when they are broken off, and with the reason of the signal', async () => {
    const made = new Maker()
    const { cid } = made.file(random.bytes(160), small[0]!)
    const controller = new AbortController()
    const reader = readFileBytes(made, cid, { signal: controller.signal })
    await reader.next()
    controller.abort(new Error('enough'))
    await expect(all(reader)).rejects.toThrow('enough')
  })
})

describe('files that lie', () => {
  const leaf = (made: Maker): CID => made.raw('0123456789')
  it.each<[string, (made: Maker) => CID, string]>([
    [
      'a leaf longer than it should be',
      made => made.node({ type: 'file', fileSize: 9, blockSizes: [9] }, [linkTo(leaf(made))]),
      'dag.invalid',
    ],
    [
      'a sum that is none',
      made => made.node({ type: 'file', fileSize: 11, blockSizes: [10] }, [linkTo(leaf(made))]),
      'dag.invalid',
    ],
    [
      'fewer sizes than parts',
      made =>
        made.node({ type: 'file', fileSize: 10, blockSizes: [10] }, [linkTo(leaf(made)), linkTo(leaf(made))]),
      'dag.invalid',
    ],
    [
      'a part with a name',
      made => made.node({ type: 'file', fileSize: 10, blockSizes: [10] }, [linkTo(leaf(made), 'a')]),
      'dag.invalid',
    ],
    [
      'a node of another size than its parent says',
      made => {
        const inner = made.node({ type: 'file', fileSize: 10, blockSizes: [10] }, [linkTo(leaf(made))])
        return made.node({ type: 'file', fileSize: 20, blockSizes: [20] }, [linkTo(inner)])
      },
      'dag.invalid',
    ],
    [
      'a folder for a part',
      made => {
        const folder = made.node({ type: 'directory', blockSizes: [] })
        return made.node({ type: 'file', fileSize: 5, blockSizes: [5] }, [linkTo(folder)])
      },
      'dag.invalid',
    ],
    ['a folder', made => made.node({ type: 'directory', blockSizes: [] }), 'dag.invalid'],
    ['data of another kind', made => made.put2(dagCbor.encode({ a: 1 }), codecs.dagCbor), 'dag.unsupported'],
    ['no UnixFS at all', made => made.put2(encodeDagPb({ links: [] }), codecs.dagPb), 'dag.invalid'],
    ['metadata', made => made.node({ type: 'metadata', blockSizes: [] }), 'dag.unsupported'],
    [
      'more bytes than there are numbers',
      made => {
        const most = Number.MAX_SAFE_INTEGER - 1
        return made.node({ type: 'file', blockSizes: [most, most] }, [linkTo(leaf(made)), linkTo(leaf(made))])
      },
      'dag.limit',
    ],
    [
      'a tree deep and wide, whose first byte is far below',
      made => {
        const one = linkTo(leaf(made))
        let [cid, size] = [one.hash, 10]
        for (let i = 0; i < 3; i++) {
          const sizes = [size, ...new Array<number>(50_000).fill(10)]
          const links = [{ hash: cid }, ...new Array<PbLink>(50_000).fill({ hash: one.hash })]
          size += 500_000
          cid = made.node({ type: 'file', fileSize: size, blockSizes: sizes }, links).bytes
        }
        return CID.decode(cid)
      },
      'dag.limit',
    ],
    [
      'a tree too deep',
      made => {
        let cid = made.node({ type: 'file', fileSize: 10, blockSizes: [10] }, [linkTo(leaf(made))])
        for (let i = 0; i < dagLimits.fileDepth; i++)
          cid = made.node({ type: 'file', fileSize: 10, blockSizes: [10] }, [linkTo(cid)])
        return cid
      },
      'dag.limit',
    ],
  ])('%s', async (_what, make, code) => {
    const made = new Maker()
    const cid = make(made)
    expect(await codeOf(() => readFileBytes(made, cid))).toBe(code)
  })

  it('parts without bytes cost nothing, however often they occur', async () => {
    const made = new Maker()
    let cid = made.node({ type: 'file', fileSize: 0, blockSizes: [] })
    for (let i = 0; i < 30; i++) {
      const links = Array.from({ length: 100 }, () => linkTo(cid))
      cid = made.node({ type: 'file', fileSize: 0, blockSizes: links.map(() => 0) }, links)
    }
    expect(await all(readFileBytes(made, cid))).toEqual([])
    expect(made.asked).toHaveLength(1)
  })
})

describe('folders', () => {
  const child = (made: Maker): DagChild => made.file(utf8('x'), modernProfile)
  // The fixtures of IPIP-550, as gateway-conformance has them.
  it.each([
    [
      'folder, data first',
      '0a02080112330a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120968656c6c6f2e7478741806',
      'bafybeigqvyloizmfcdy6scaxnyltftzptaruqa3hnnplfzsbf4sqteiwlm',
    ],
    [
      'folder, links first',
      '12330a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120968656c6c6f2e74787418060a020801',
      'bafybeigdcg7pksx2zk5336vrfsktjodlr4rbfz37qr3koc5xboxe5ekv24',
    ],
    [
      'HAMT, data first',
      '0a250805121c80000000000000000000000000000000000000000000000000000000282230800212350a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120b444668656c6c6f2e7478741806',
      'bafybeicwgy2rlqmqqu3yy2tqvm2wbgdvy3snu4sbbv4wqpvpnoplpzxz74',
    ],
    [
      'HAMT, links first',
      '12350a24015512205891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03120b444668656c6c6f2e74787418060a250805121c800000000000000000000000000000000000000000000000000000002822308002',
      'bafybeicjwkfslu7gwyywffvqgse5kiibojtktxcdqhgv7ldj5fjdacuceq',
    ],
  ])('of either order of fields is read: %s', async (_, hex, cid) => {
    const made = new Maker()
    const root = made.put2(fromHex(hex), codecs.dagPb)
    expect(root.toString()).toBe(cid)
    const leaf = made.raw('hello\n')
    expect((await all(listDirectory(made, root))).map(({ name, cid: to }) => [name, String(to)])).toEqual([
      ['hello.txt', String(leaf)],
    ])
    expect(String((await resolvePath(made, root, ['hello.txt'])).cid)).toBe(String(leaf))
  })

  it.each([
    ['entries', 2_999, 3_000],
    ['shards', 1, 100_000],
  ] as const)('of too many %s are refused before they are held', async (limit, most, enough) => {
    const made = new Maker()
    const folder = new DirectoryBuilder(made.options(modernProfile))
    const child = made.file(utf8('x'), modernProfile)
    for (let i = 0; i < 3_000; i++) folder.add(`${i}`.padEnd(100, '-'), child)
    const root = folder.finish().cid
    const listed = (bound: number) => listDirectory(made, root, { limits: { ...dagLimits, [limit]: bound } })
    let given = 0
    const code = await codeOf(async function* () {
      for await (const _ of listed(most)) yield given++
    })
    expect(code).toBe('dag.limit')
    expect(given).toBeLessThan(3_000)
    expect(await codeOf(() => listed(enough))).toBeUndefined()
  })

  it.each([3, 10_000])('of %d entries are listed, and names found in them', async count => {
    const made = new Maker()
    const directory = new DirectoryBuilder(made.options(modernProfile))
    const names = Array.from({ length: count }, (_, i) => `file ${i}`)
    for (const name of names) directory.add(name, child(made))
    const { cid } = directory.finish()
    const listed = await all(listDirectory(made, cid))
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    expect(listed[0]).toMatchObject({ dagSize: 1 })
    expect((await statNode(made, cid)).kind).toBe('directory')
    for (const name of [names[0]!, names[count - 1]!]) {
      const { cid: found, way, rest } = await resolvePath(made, cid, [name])
      expect(found.equals(child(made).cid)).toBe(true)
      expect(rest).toEqual([])
      expect(way.length).toBeGreaterThan(count === 3 ? 0 : 1)
      expect(way[0]!.equals(cid)).toBe(true)
    }
    expect(await codeOf(() => resolvePath(made, cid, ['not there']))).toBe('content.no-such-file')
  })

  it.each([300, 6_000])('of %d entries are each read once for all names, and few are kept', async count => {
    const made = new Maker()
    const options = made.options(modernProfile)
    const inner = new DirectoryBuilder(options)
    const names = Array.from({ length: count }, (_, i) => `file ${i}`)
    const files = names.map(name => made.file(utf8(name), modernProfile))
    names.forEach((name, i) => void inner.add(name, files[i]!))
    const outer = new DirectoryBuilder(options)
    outer.add('inner', inner.finish())
    const { cid } = outer.finish()
    const known = new KnownFolders()
    for (const [i, name] of names.entries()) {
      const found = await resolvePath(made, cid, ['inner', name], { known })
      expect(found.cid.equals(files[i]!.cid)).toBe(true)
    }
    // Nodes of folders, and no more steps however many names.
    expect(made.asked.length).toBe(new Set(made.asked).size)
    const path = ['inner', names[count - 1]!]
    const ways = await Promise.all([resolvePath(made, cid, path, { known }), resolvePath(made, cid, path)])
    expect(ways[0].way.map(String)).toEqual(ways[1].way.map(String))
    for (const lost of [['inner', 'not there'], ['not there']])
      expect(await codeOf(() => resolvePath(made, cid, lost, { known }))).toBe('content.no-such-file')
    const forgetful = new KnownFolders(10)
    made.asked.length = 0
    for (const name of names.slice(0, 3)) await resolvePath(made, cid, ['inner', name], { known: forgetful })
    expect(made.asked.filter(asked => asked === cid.toString())).toHaveLength(1)
    expect(made.asked.length).toBeGreaterThan(3)
  })

  it('have paths, links and metadata', async () => {
    const made = new Maker()
    const options = made.options(modernProfile)
    const inner = new DirectoryBuilder(options)
    inner.add('file', child(made))
    inner.add('link', buildSymlink('../file', options))
    const outer = new DirectoryBuilder(options)
    outer.add('inner', inner.finish({ mode: 0o40755, mtime: { seconds: 7, nanoseconds: 8 } }))
    const { cid } = outer.finish()
    const file = await resolvePath(made, cid, ['inner', 'file'])
    expect(concat(await all(readFileBytes(made, file.cid)))).toEqual(utf8('x'))
    const link = await resolvePath(made, cid, ['inner', 'link'])
    expect(await statNode(made, link.cid)).toEqual({ kind: 'symlink', size: 0, target: '../file' })
    expect(await statNode(made, (await resolvePath(made, cid, ['inner'])).cid)).toEqual({
      kind: 'directory',
      size: 0,
      mode: 0o755,
      mtime: { seconds: 7, nanoseconds: 8 },
    })
    for (const path of [['inner', 'file', 'x'], ['inner', 'link', 'x'], ['no']])
      expect(await codeOf(() => resolvePath(made, cid, path))).toBe('content.no-such-file')
    for (const path of [['..'], ['inner', '..'], ['.'], [''], ['a/b'], ['a\0']])
      expect(await codeOf(() => resolvePath(made, cid, path))).toBe('dag.invalid')
    expect(await codeOf(() => resolvePath(made, cid, Array(dagLimits.pathNames + 1).fill('a')))).toBe(
      'dag.limit',
    )
    expect(await codeOf(() => resolvePath(made, cid, ['a'.repeat(dagLimits.nameBytes + 1)]))).toBe(
      'dag.limit',
    )
    expect(await codeOf(() => listDirectory(made, file.cid))).toBe('dag.invalid')
  })

  it('of two equal names have the first', async () => {
    const made = new Maker()
    const [a, b] = [made.raw('a'), made.raw('b')]
    const cid = made.node({ type: 'directory', blockSizes: [] }, [linkTo(a, 'n'), linkTo(b, 'n')])
    expect(await all(listDirectory(made, cid))).toEqual([{ name: 'n', cid: a, dagSize: 0 }])
    expect((await resolvePath(made, cid, ['n'])).cid.equals(a)).toBe(true)
  })

  it.each([
    ['..', 'dag.invalid'],
    ['.', 'dag.invalid'],
    ['', 'dag.invalid'],
    ['../../etc/passwd', 'dag.invalid'],
    ['a\0', 'dag.invalid'],
    ['a'.repeat(dagLimits.nameBytes + 1), 'dag.limit'],
  ])('with the name %j are refused', async (name, code) => {
    const made = new Maker()
    const cid = made.node({ type: 'directory', blockSizes: [] }, [linkTo(made.raw('a'), name)])
    expect(await codeOf(() => listDirectory(made, cid))).toBe(code)
  })
})

describe('HAMTs that lie', () => {
  const hamt = { type: 'hamt', data: Uint8Array.of(1), hashType: 0x22, fanout: 256, blockSizes: [] } as const
  // murmur3('hello') begins with CB D8.
  it.each<[string, (made: Maker) => CID, string | undefined]>([
    ['as it should be', made => made.node(hamt, [linkTo(made.raw('x'), 'CBhello')]), undefined],
    [
      'a name in a bucket of another',
      made => made.node(hamt, [linkTo(made.raw('x'), 'CAhello')]),
      'dag.invalid',
    ],
    ['a bucket in small letters', made => made.node(hamt, [linkTo(made.raw('x'), 'cbhello')]), 'dag.invalid'],
    ['a bucket cut off', made => made.node(hamt, [linkTo(made.raw('x'), 'C')]), 'dag.invalid'],
    [
      'a bucket twice',
      made => made.node(hamt, [linkTo(made.raw('x'), 'CBhello'), linkTo(made.raw('y'), 'CBhello')]),
      'dag.invalid',
    ],
    ['a huge fanout', made => made.node({ ...hamt, fanout: 2 ** 31 }), 'dag.limit'],
    ['a fanout of 2,048', made => made.node({ ...hamt, fanout: 2_048 }), 'dag.limit'],
    ['an odd fanout', made => made.node({ ...hamt, fanout: 255 }), 'dag.invalid'],
    ['a fanout of 4', made => made.node({ ...hamt, fanout: 4 }), 'dag.invalid'],
    ['another hash function', made => made.node({ ...hamt, hashType: 0x12 }), 'dag.invalid'],
    [
      'more links than buckets',
      made => made.node({ ...hamt, fanout: 8 }, Array(9).fill(linkTo(made.raw('x'), '0a'))),
      'dag.invalid',
    ],
    ['a file below', made => made.node(hamt, [linkTo(made.raw('x'), 'CB')]), 'dag.invalid'],
    [
      'a node of another fanout below',
      made =>
        made.node(hamt, [linkTo(made.node({ ...hamt, fanout: 16 }, [linkTo(made.raw('x'), '1a')]), 'CB')]),
      'dag.invalid',
    ],
    ['an empty node below', made => made.node(hamt, [linkTo(made.node(hamt), 'CB')]), 'dag.invalid'],
    [
      'deeper than a hash is long',
      made => {
        let cid = made.node(hamt, [linkTo(made.raw('x'), 'CBhello')])
        for (const prefix of ['02', '9B', 'BD', '41', 'B3', 'A7', 'D8', 'CB'])
          cid = made.node(hamt, [linkTo(cid, prefix)])
        return cid
      },
      'dag.invalid',
    ],
    [
      'the same nodes again and again',
      made => {
        let cid = made.node(hamt, [linkTo(made.raw('x'), 'CBhello')])
        for (let level = 0; level < 7; level++) {
          const below = cid
          const links = Array.from({ length: 256 }, (_, i) =>
            linkTo(below, i.toString(16).toUpperCase().padStart(2, '0')),
          )
          cid = made.node(hamt, links)
        }
        return cid
      },
      'dag.invalid',
    ],
  ])('%s', async (_what, make, code) => {
    const made = new Maker()
    const cid = make(made)
    expect(await codeOf(() => listDirectory(made, cid))).toBe(code)
    expect(made.asked.length).toBeLessThan(20)
  })
})

/** A list of that many, in DAG-CBOR. */
function listOf(count: number, item: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(5 + count * item.length)
  bytes[0] = 0x9a
  new DataView(bytes.buffer).setUint32(1, count)
  for (let at = 5; at < bytes.length; at += item.length) bytes.set(item, at)
  return bytes
}

const cborLink = [0xd8, 42, 0x45, 0, 1, 0x55, 0, 0]

function jsonOf(count: number, item: string): Uint8Array {
  return utf8(`[${Array.from({ length: count }, () => item).join()}]`)
}

describe('data', () => {
  it('of no codec that knows links leads nowhere', async () => {
    const made = new Maker()
    for (const codec of [codecs.raw, codecs.cbor, codecs.json])
      expect(linksOf(await made.get(made.put2(utf8('{}'), codec)))).toEqual([])
  })

  it('may have as many values as that', async () => {
    const made = new Maker()
    for (const [codec, bytes] of [
      [codecs.dagCbor, listOf(dagLimits.values - 1, [0])],
      [codecs.dagJson, jsonOf(dagLimits.values - 1, '0')],
    ] as const)
      expect(linksOf(await made.get(made.put2(bytes, codec)))).toEqual([])
  })

  it('has links in DAG-CBOR however many values it has, and is not looked into when they are too many', async () => {
    const made = new Maker()
    const many = made.put2(listOf(dagLimits.values, [0x80]), codecs.dagCbor)
    expect(linksOf(await made.get(many))).toEqual([])
    const deep = made.put2(new Uint8Array(1_000_000).fill(0xc1), codecs.dagCbor)
    for (const cid of [many, deep]) {
      expect(await codeOf(() => statNode(made, cid))).toBe('dag.limit')
      expect(await codeOf(() => resolvePath(made, cid, ['0']))).toBe('dag.limit')
    }
  })

  it('has links and paths', async () => {
    const made = new Maker()
    const leaf = made.raw('x')
    const folder = new DirectoryBuilder(made.options(modernProfile))
    folder.add('in', made.file(utf8('x'), modernProfile))
    const dir = folder.finish().cid
    const value = { a: [1, leaf, { b: dir }], bytes: utf8('b'), n: null }
    for (const [codec, encode] of [
      [codecs.dagCbor, dagCbor.encode],
      [codecs.dagJson, dagJson.encode],
    ] as const) {
      const cid = made.put2(encode(value), codec)
      const block = await made.get(cid)
      expect(linksOf(block).map(String)).toEqual([leaf, dir].map(String))
      expect((await resolvePath(made, cid, ['a', '1'])).cid.equals(leaf)).toBe(true)
      const { way, cid: found } = await resolvePath(made, cid, ['a', '2', 'b', 'in'])
      expect(found.equals(leaf)).toBe(true)
      expect(way.map(String)).toEqual([cid, dir].map(String))
      expect(await resolvePath(made, cid, ['a', '0'])).toMatchObject({ cid, rest: ['a', '0'] })
      expect(await statNode(made, cid)).toEqual({ kind: 'data', size: block.bytes.length })
      for (const path of [['x'], ['a', 'length'], ['a', '9'], ['toString'], ['n', 'x'], ['bytes', '0', 'x']])
        expect(await codeOf(() => resolvePath(made, cid, path))).toBe('content.no-such-file')
    }
  })

  it.each([
    ['DAG-CBOR of lists in lists', codecs.dagCbor, new Uint8Array(1_000_000).fill(0x81), 'dag.limit'],
    ['DAG-JSON of lists in lists', codecs.dagJson, new Uint8Array(1_000_000).fill(0x5b), 'dag.limit'],
    ['DAG-CBOR of tags in tags', codecs.dagCbor, new Uint8Array(1_000_000).fill(0xc1), 'dag.invalid'],
    [
      'DAG-CBOR that is cut off',
      codecs.dagCbor,
      Uint8Array.of(0x9b, 0, 0, 0, 255, 255, 255, 255, 255),
      'dag.invalid',
    ],
    ['DAG-CBOR with a tag that there is not', codecs.dagCbor, Uint8Array.of(0xc1, 0), 'dag.invalid'],
    [
      'DAG-CBOR with a CID that is none',
      codecs.dagCbor,
      Uint8Array.of(0xd8, 42, 0x43, 0, 1, 2),
      'dag.invalid',
    ],
    ['DAG-CBOR of too many links', codecs.dagCbor, listOf(dagLimits.links + 1, cborLink), 'dag.limit'],
    ['DAG-JSON of too many values', codecs.dagJson, jsonOf(dagLimits.values, '[]'), 'dag.limit'],
    [
      'DAG-JSON of too many links',
      codecs.dagJson,
      jsonOf(dagLimits.links + 1, '{"/":"bafkqaaa"}'),
      'dag.limit',
    ],
    ['DAG-JSON that is none', codecs.dagJson, utf8('{'), 'dag.invalid'],
    ['a codec that is not read', 0x78, utf8('{'), 'dag.unsupported'],
    ['DAG-PB that is none', codecs.dagPb, utf8('{'), 'dag.invalid'],
    [
      'DAG-PB with a CID that is none',
      codecs.dagPb,
      encodeDagPb({ links: [{ hash: utf8('no') }] }),
      'dag.invalid',
    ],
  ])('%s is refused', async (_what, codec, bytes, code) => {
    const made = new Maker()
    const cid = made.put2(bytes, codec)
    expect(await codeOf(() => walkDag(made, cid))).toBe(code)
  })
})

it('a path through data that is nothing but a link, again and again, comes to an end', async () => {
  const maker = new Maker()
  let cid = maker.put2(utf8('far away'), codecs.raw)
  for (let at = 0; at < dagLimits.depth + 10; at++) cid = maker.put2(dagCbor.encode(cid), codecs.dagCbor)
  expect(await codeOf(() => resolvePath(maker, cid, ['name']))).toBe('dag.limit')
  expect(maker.asked.length).toBeLessThanOrEqual(dagLimits.depth + 2)
})

describe('a whole tree', () => {
  const folderOf = (made: Maker, links: readonly PbLink[]): CID =>
    made.node({ type: 'directory', blockSizes: [] }, links)

  it('in which a folder has a thousand names for the next one is counted as it comes', async () => {
    const made = new Maker()
    let cid = made.raw('x')
    for (let i = 0; i < 10; i++) {
      const below = cid
      cid = folderOf(
        made,
        Array.from({ length: 1_000 }, (_, name) => linkTo(below, `${name}`)),
      )
    }
    expect(await codeOf(() => walkTree(made, cid, { maxEntries: 5_000 }))).toBe('dag.limit')
    // Each folder on the way is read for itself, and looked at once.
    expect(made.asked.length).toBeLessThan(30)
  })

  it.each([
    ['so many entries', 3, undefined],
    ['no more', 2, 'dag.limit'],
  ])('has %s', async (_what, maxEntries, code) => {
    const made = new Maker()
    const leaf = linkTo(made.raw('x'), 'x', 1)
    const root = folderOf(made, [leaf, linkTo(folderOf(made, [leaf]), 'd')])
    expect(await codeOf(() => walkTree(made, root, { maxEntries }))).toBe(code)
  })

  it('of long paths is refused before they fill the memory', async () => {
    const made = new Maker()
    const leaf = linkTo(made.raw('x'), '', 1)
    let cid = folderOf(
      made,
      Array.from({ length: 2_000 }, (_, i) => ({ ...leaf, name: `${i}` })),
    )
    for (let i = 0; i < 200; i++) cid = folderOf(made, [linkTo(cid, 'a'), linkTo(cid, 'b')])
    await expect(all(walkTree(made, cid))).rejects.toMatchObject({
      code: 'dag.limit',
      details: { limit: 'treeNames' },
    })
  })

  it('has no HAMT that is deeper than a hash is long', async () => {
    const made = new Maker()
    const shard: UnixFsData = { type: 'hamt', hashType: 0x22, fanout: 256, blockSizes: [] }
    const list = async (depth: number): Promise<string | undefined> => {
      let cid = made.node(shard, [linkTo(made.raw('x'), '00x')])
      for (let i = 0; i < depth; i++) cid = made.node(shard, [linkTo(cid, '00')])
      made.asked.length = 0
      return await codeOf(() => listDirectory(made, cid))
    }
    // A name that is not where its hash leads, once somebody gets there.
    expect(await list(7)).toBe('dag.invalid')
    expect(made.asked).toHaveLength(8)
    expect(await list(5_000)).toBe('dag.invalid')
    expect(made.asked).toHaveLength(9)
  })
})

describe('a whole DAG', () => {
  it('is walked with each block as often as something leads to it, where that is wanted', async () => {
    const made = new Maker()
    const leaf = made.raw('a')
    const other = made.put2(utf8('{'), 0x78)
    const root = made.put2(dagCbor.encode([leaf, other, leaf]), codecs.dagCbor)
    expect(await codeOf(() => walkDag(made, root))).toBe('dag.unsupported')
    const options = { repeats: true, links: knownLinksOf }
    const walked = await all(walkDag(made, root, options))
    expect(walked.map(({ cid }) => String(cid))).toEqual([root, leaf, other, leaf].map(String))
    const limits = { ...dagLimits, blocks: 3 }
    expect(await codeOf(() => walkDag(made, root, { ...options, limits }))).toBe('dag.limit')
  })

  it('is walked in order, each block once', async () => {
    const made = new Maker()
    const [a, b] = [made.raw('a'), made.raw('b')]
    const inner = made.put2(dagCbor.encode([b, a]), codecs.dagCbor)
    const root = made.put2(dagCbor.encode([a, inner, a, inner, b]), codecs.dagCbor)
    const walked = await all(walkDag(made, root))
    expect(walked.map(({ cid }) => String(cid))).toEqual([root, a, inner, b].map(String))
    expect(made.asked).toHaveLength(4)
  })

  it('in which a few nodes hold one another is walked in no time', async () => {
    const made = new Maker()
    let cid = made.raw('x')
    for (let i = 0; i < 500; i++) cid = made.put2(dagCbor.encode([cid, cid, cid, i]), codecs.dagCbor)
    expect(await all(walkDag(made, cid))).toHaveLength(501)
  })

  it('of 10,000 nodes below each other is refused', async () => {
    const made = new Maker()
    let cid = made.raw('x')
    for (let i = 0; i < 10_000; i++) cid = made.put2(dagCbor.encode([cid]), codecs.dagCbor)
    expect(await codeOf(() => walkDag(made, cid))).toBe('dag.limit')
    expect(made.asked).toHaveLength(dagLimits.depth + 1)
  })

  it.each([
    ['blocks', 4],
    ['pending', 3],
  ] as const)('with too many %s is refused', async (limit, most) => {
    const made = new Maker()
    const leaves = Array.from({ length: 4 }, (_, i) => made.raw(`${i}`))
    const root = made.put2(dagCbor.encode(leaves), codecs.dagCbor)
    const walk = (bound: number) => walkDag(made, root, { limits: { ...dagLimits, [limit]: bound } })
    expect(await codeOf(() => walk(most))).toBe('dag.limit')
    expect(await codeOf(() => walk(most + 1))).toBeUndefined()
  })
})
