import { expect, test } from 'vitest'
import { seededRandom, sha1, sha256 } from '../base/index.ts'
import { buildInfo, HashTree, merkleRoot, parseContent } from '../content/index.ts'
import type { HashFields } from '../wire/index.ts'
import { Blame } from './blame.ts'
import { leafBytes } from './request-depth.ts'
import { SegmentDownload } from './segment-download.ts'

const bytes = seededRandom(3).bytes(8 * leafBytes)
const leavesOf = (of: Uint8Array): Uint8Array => {
  const out = new Uint8Array((of.length / leafBytes) * 32)
  for (let i = 0; i < of.length / leafBytes; i++)
    out.set(sha256(of.subarray(i * leafBytes, (i + 1) * leafBytes)), i * 32)
  return out
}
const piecesRoot = merkleRoot(leavesOf(bytes))
const pieceLength = 8 * leafBytes
const files = [{ path: ['a'], size: bytes.length, piecesRoot }]
const info = buildInfo({ name: 'a', pieceLength, files, singleFile: true })
const content = parseContent(info, { infoHash: sha256(info), infoHashV1: sha1(info) })

function refusedBy(suppliers: readonly string[], falseLeaves: readonly number[]) {
  const tree = new HashTree(content)
  const liars: string[] = []
  const wanted: HashFields[] = []
  const blame = new Blame({
    tree,
    want: fields => wanted.push(fields),
    onLiar: peer => liars.push(peer),
  })
  const received = bytes.slice()
  for (const leaf of falseLeaves) received[leaf * leafBytes + 5]! ^= 1
  const at = { piece: 0, index: 0, begin: 0, length: bytes.length }
  const lease = { bytes: received, release: () => undefined }
  const segment = new SegmentDownload(at, lease, undefined, 0)
  segment.suppliers.push(...suppliers)
  blame.refused(segment, leavesOf(received))
  return { tree, liars, wanted, blame }
}

test('the only supplier of a false segment lied', () => {
  const { liars, wanted } = refusedBy(new Array(8).fill('x'), [3])
  expect(liars).toEqual(['x'])
  expect(wanted).toEqual([])
})

test('of several suppliers exactly those lied whose leaves are false', () => {
  const { liars, wanted, blame, tree } = refusedBy(['x', 'y', 'x', 'z', 'z', 'y', 'w', 'w'], [1, 7])
  expect(liars).toEqual([])
  expect(wanted.length).toBe(1)
  const source = new HashTree(content)
  const hashes = source.answer(wanted[0]!, leavesOf(bytes))!
  expect(tree.accept({ ...wanted[0]!, hashes })).toBe(true)
  blame.hashesArrived()
  expect(liars.sort()).toEqual(['w', 'y'])
  blame.hashesArrived()
  expect(liars.length).toBe(2)
})

test('without leaf hashes it waits for the true bytes, and blames whoever sent other ones', () => {
  const liars: string[] = []
  const blame = new Blame({ tree: undefined, want: () => undefined, onLiar: peer => liars.push(peer) })
  const at = { piece: 3, index: 0, begin: 0, length: bytes.length }
  const received = bytes.slice()
  received[5 * leafBytes]! ^= 1
  const segment = new SegmentDownload(at, { bytes: received, release: () => undefined }, undefined, 0)
  segment.suppliers.push('a', 'a', 'a', undefined, 'b', 'b', 'a', 'c')
  blame.refused(segment, leavesOf(received))
  expect([liars, blame.isSuspect(3), blame.isSuspect(4)]).toEqual([[], true, false])
  blame.verified(segment, leavesOf(bytes))
  expect([liars, blame.isSuspect(3)]).toEqual([['b'], false])
})
