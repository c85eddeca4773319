import { createHash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import type { TreeOptions } from '../../src/store/index.ts'
import { bytesOf } from './copy-content.ts'

/** Bytes of a leaf: a multiple of 16 KiB. */
export const leafBytes: number = 65_536

/** What the tree is made of that is written again and again. */
export const treeSources: ReadonlyMap<string, Uint8Array> = new Map([
  ['large', bytesOf(1, 4_000_123)],
  ['larger', bytesOf(2, 6_000_000)],
  ...Array.from({ length: 60 }, (_, i) => [`many/${i}`, bytesOf(i + 3, 500 + i * 900)] as const),
])

export const treeRoot: CID = CID.createV1(
  0x70,
  Digest.create(0x12, createHash('sha256').update('the root').digest()),
)

export function treeOptions(folder: string): TreeOptions {
  const files = [...treeSources].map(([path, { length }]) => ({ path: path.split('/'), size: length }))
  return { root: treeRoot, folder, name: 'tree', singleFile: false, files }
}
