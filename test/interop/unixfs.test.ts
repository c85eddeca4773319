import { hash } from 'node:crypto'
import { unixfs } from '@helia/unixfs'
import { CarReader } from '@ipld/car'
import { importer } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { concat, utf8 } from '../../src/base/index.ts'
import { cidOfSha256, codecs, DirectoryBuilder, FileBuilder, modernProfile } from '../../src/content/index.ts'
import { carSectionHead, encodeCarHeader } from '../../src/wire/index.ts'
import { vectorFile } from '../conformance/unixfs-vectors.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const quiet = { profile: modernProfile, hash: sha256, emit: () => undefined }

/** A blockstore that forgets: only CIDs are wanted. */
const nowhere = { put: async (cid: CID) => cid, has: async () => false } as never

async function theirs(source: Parameters<typeof importer>[0]): Promise<string> {
  let root = ''
  const options = { profile: modernProfile.name, wrapWithDirectory: true } as const
  for await (const entry of importer(source, nowhere, options)) root = entry.cid.toString()
  return root
}

describe('CIDs of what is large are those of Helia and Kubo', () => {
  it.each([
    [1_024, 'bafybeihmf37wcuvtx4hpu7he5zl5qaf2ineo2lqlfrapokkm5zzw7zyhvm'],
    [1_025, 'bafybeihmzokxxjqwxjcryerhp5ezpcog2wcawfryb2xm64xiakgm4a5jue'],
  ])('a file of %d MiB, as IPIP-499 prints it', (leaves, cid) => {
    expect(vectorFile(modernProfile, leaves, 'v1-2025-seed').toString()).toBe(cid)
  })

  it('a file of 5 GB', async () => {
    const leaf = new Uint8Array(modernProfile.leafBytes).fill(7)
    const rest = leaf.subarray(0, 371_712)
    const leaves = 4_768
    const builder = new FileBuilder(quiet)
    const digest = sha256(leaf)
    for (let i = 0; i < leaves; i++) builder.add(digest, leaf.length)
    builder.add(sha256(rest), rest.length)
    const folder = new DirectoryBuilder(quiet)
    folder.add('large', builder.finish())
    const content = (async function* () {
      for (let i = 0; i < leaves; i++) yield leaf
      yield rest
    })()
    expect(folder.finish().cid.toString()).toBe(await theirs([{ path: 'large', content }]))
  })

  it('a folder of 100,000 entries', async () => {
    const bytes = utf8('the same')
    const builder = new FileBuilder(quiet)
    builder.add(sha256(bytes), bytes.length)
    const child = builder.finish()
    const folder = new DirectoryBuilder(quiet)
    const names = Array.from({ length: 100_000 }, (_, i) => `file ${i}`)
    for (const name of names) folder.add(name, child)
    const source = names.map(path => ({ path, content: bytes }))
    expect(folder.finish().cid.toString()).toBe(await theirs(source))
  })
})

it('Helia reads files and folders of ours out of an archive of ours', async () => {
  const blocks: { cid: CID; bytes: Uint8Array }[] = []
  const options = { ...quiet, emit: (cid: CID, bytes: Uint8Array) => void blocks.push({ cid, bytes }) }
  const folder = new DirectoryBuilder(options)
  const content = utf8('what is in it')
  for (let i = 0; i < 5_000; i++) {
    const leaf = concat([content, utf8(`${i}`)])
    blocks.push({ cid: cidOfSha256(sha256(leaf), codecs.raw, 1), bytes: leaf })
    const file = new FileBuilder(options)
    file.add(sha256(leaf), leaf.length)
    folder.add(`file ${i}`, file.finish())
  }
  const { cid: root } = folder.finish()
  const sections = blocks.map(({ cid, bytes }) => concat([carSectionHead(cid.bytes, bytes.length), bytes]))
  const archive = await CarReader.fromBytes(concat([encodeCarHeader([root]), ...sections]))
  const blockstore = {
    async *get(cid: CID) {
      yield (await archive.get(cid))!.bytes
    },
    has: (cid: CID) => archive.has(cid),
  }
  const fs = unixfs({ blockstore } as never)
  const names: string[] = []
  for await (const entry of fs.ls(root)) names.push(entry.name)
  expect(names).toHaveLength(5_000)
  const read: Uint8Array[] = []
  for await (const chunk of fs.cat(root, { path: '/file 77' })) read.push(chunk)
  expect(concat(read)).toEqual(utf8('what is in it77'))
})
