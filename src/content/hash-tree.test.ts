import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leavesOf } from '../../test/conformance/made-up-trees.ts'
import { concat, sha256, toHex } from '../base/index.ts'
import type { HashFields } from '../wire/index.ts'
import { buildInfo } from './build-info.ts'
import type { Content } from './content.ts'
import { bitTorrentPeerHashes, type PeerHashes, peeragePeerHashes } from './hash-requests.ts'
import { HashTree } from './hash-tree.ts'
import { hashLength, layer, leafCount, levelOf, merkleRoot, rootOfSegment, segmentLeaves } from './merkle.ts'
import { parseContent } from './parse-content.ts'
import { hashesFor, verifyHashes } from './proof.ts'

/** A content whose files have made-up leaves; equal seeds make equal files. */
function contentOf(
  pieceLength: number,
  files: readonly { size: number; seed?: string }[],
): { content: Content; leaves: Uint8Array[] } {
  const leaves = files.map(({ size, seed }, i) => leavesOf(leafCount(size), seed ?? `file ${i} `))
  const info = buildInfo({
    name: 'content',
    pieceLength,
    files: files.map(({ size }, i) => ({
      path: [`file-${String(i).padStart(6, '0')}`],
      size,
      ...(size > 0 ? { piecesRoot: merkleRoot(leaves[i]!) } : {}),
    })),
  })
  return { content: parseContent(info, { infoHash: sha256(info) }), leaves }
}

/** Somebody who has all: a tree with all piece layers, and leaves as if from disk. */
class Seed {
  readonly tree: HashTree
  readonly #content: Content
  readonly #leaves: readonly Uint8Array[]
  /** Every request that was answered. */
  readonly seen: HashFields[] = []

  constructor(content: Content, leaves: readonly Uint8Array[], verified: boolean) {
    this.#content = content
    this.#leaves = leaves
    this.tree = new HashTree(content)
    for (const file of content.files)
      if (file.pieceCount > 1) {
        const nodes = layer(leaves[file.index]!, levelOf(content.pieceLength))
        expect(this.tree.setPieceLayer(file.index, nodes, verified)).toBe(true)
      }
  }

  answer(request: HashFields): Uint8Array | undefined {
    this.seen.push(request)
    const needed = this.tree.leavesNeeded(request, () => true)
    if (needed === undefined) return this.tree.answer(request)
    expect(this.tree.answer(request)).toBeUndefined()
    return this.tree.answer(request, this.leavesOf(needed.piece, needed.begin, needed.length))
  }

  leavesOf(piece: number, begin: number, length: number): Uint8Array {
    const file = this.#content.files.find(
      each => each.firstPiece <= piece && piece < each.firstPiece + each.pieceCount,
    )!
    const first = ((piece - file.firstPiece) * this.#content.pieceLength + begin) / 16_384
    return this.#leaves[file.index]!.subarray(first * 32, (first + leafCount(length)) * 32)
  }
}

/** Asks until every segment of a piece can be verified. */
function learn(tree: HashTree, seed: Seed, piece: number, peer: PeerHashes): void {
  for (let round = 0; !tree.knowsPiece(piece); round++) {
    expect(round).toBeLessThan(3)
    for (const request of tree.requestsFor(piece, peer)) {
      const hashes = seed.answer(request)
      expect(hashes).toBeDefined()
      expect(tree.accept({ ...request, hashes: hashes! })).toBe(true)
    }
  }
  expect(tree.requestsFor(piece, peer)).toEqual([])
}

function expectTrueRoots(tree: HashTree, seed: Seed, piece: number): void {
  const { map } = tree
  for (const [i, segment] of map.segments(piece).entries()) {
    const leaves = seed.leavesOf(piece, segment.begin, segment.length)
    const width = segmentLeaves(map.pieceFile(piece).size, map.segmentLength)
    expect(toHex(tree.expectedRoot(piece, i)!)).toBe(toHex(rootOfSegment(leaves, width)))
  }
}

const leaf = 16_384
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 6 * 1_048_576 }),
  fc
    .tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom(-1, 0, 1))
    .map(([n, d]) => Math.max(1, n * leaf + d)),
)

describe('HashTree', () => {
  test('lets a downloader verify every segment of any content', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ size: sizes }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(leaf, 65_536, 1_048_576, 2_097_152, 16_777_216),
        fc.constantFrom(bitTorrentPeerHashes, peeragePeerHashes),
        fc.boolean(),
        (files, pieceLength, peer, verified) => {
          const { content, leaves } = contentOf(pieceLength, files)
          const seed = new Seed(content, leaves, verified)
          const tree = new HashTree(content)
          for (let piece = 0; piece < content.pieceCount; piece++) {
            learn(tree, seed, piece, peer)
            expectTrueRoots(tree, seed, piece)
          }
          for (const file of content.files) expect(tree.isComplete(file.index)).toBe(true)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('fetches a piece layer in parts of 512, or whole between Peerage peers', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 1_200 * leaf }])
    const seed = new Seed(content, leaves, true)
    const tree = new HashTree(content)
    const parts = tree.pieceLayerRequests(0, bitTorrentPeerHashes)
    expect(parts.map(({ index, length }) => [index, length])).toEqual([
      [0, 512],
      [512, 512],
      [1_024, 256],
    ])
    for (const request of parts) expect(tree.accept({ ...request, hashes: seed.answer(request)! })).toBe(true)
    expect(toHex(tree.pieceLayer(0)!)).toBe(toHex(leaves[0]!))
    expect(tree.pieceLayerRequests(0, bitTorrentPeerHashes)).toEqual([])
    const whole = new HashTree(content).pieceLayerRequests(0, peeragePeerHashes)
    expect(whole.map(({ index, length, proofLayers }) => [index, length, proofLayers])).toEqual([
      [0, 2_048, 0],
    ])
    expect(new HashTree(content).accept({ ...whole[0]!, hashes: seed.answer(whole[0]!)! })).toBe(true)
  })

  test('never asks for one hash alone, which no proof could reach', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 513 * leaf }])
    const seed = new Seed(content, leaves, false)
    const tree = new HashTree(content)
    learn(tree, seed, 512, bitTorrentPeerHashes)
    expect(seed.seen.map(({ index, length }) => [index, length])).toEqual([[512, 2]])
  })

  test('splits layers of more than 8,192 hashes so that proofs fit too', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 9_000 * leaf }])
    const seed = new Seed(content, leaves, true)
    const tree = new HashTree(content)
    for (const request of tree.pieceLayerRequests(0, peeragePeerHashes)) {
      const hashes = seed.answer(request)!
      expect(hashes.length / hashLength).toBeLessThanOrEqual(8_192)
      expect(tree.accept({ ...request, hashes })).toBe(true)
    }
    expect(tree.isComplete(0)).toBe(true)
  })

  test('can answer itself after learning, proofs included', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 1_500 * leaf }])
    const seed = new Seed(content, leaves, false)
    const first = new HashTree(content)
    for (const request of first.pieceLayerRequests(0, bitTorrentPeerHashes))
      first.accept({ ...request, hashes: seed.answer(request)! })
    const second = new HashTree(content)
    for (const request of second.pieceLayerRequests(0, bitTorrentPeerHashes))
      expect(second.accept({ ...request, hashes: first.answer(request)! })).toBe(true)
    expect(second.isComplete(0)).toBe(true)
  })

  test('prepares proofs in steps', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 1_500 * leaf }])
    const { tree } = new Seed(content, leaves, true)
    let steps = 0
    while (!tree.prepareProofs(0, 100)) steps++
    expect(steps).toBe(15)
  })

  test('refuses every changed answer and keeps nothing of it', () => {
    const { content, leaves } = contentOf(65_536, [{ size: 700 * leaf }, { size: 3_000_000 }])
    const seed = new Seed(content, leaves, false)
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), fc.nat(content.pieceCount - 1), (place, bit, piece) => {
        const tree = new HashTree(content)
        const [request] = tree.requestsFor(piece, bitTorrentPeerHashes)
        const hashes = seed.answer(request!)!
        hashes[place % hashes.length]! ^= 1 << bit
        expect(tree.accept({ ...request!, hashes })).toBe(false)
        expect(tree.expectedRoot(piece, 0)).toBeUndefined()
        expect(tree.requestsFor(piece, bitTorrentPeerHashes)).toEqual([request])
      }),
      { numRuns: 40 },
    )
  })

  test('refuses answers about other files, layers and places', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 40 * leaf }, { size: 40 * leaf }])
    const seed = new Seed(content, leaves, false)
    const tree = new HashTree(content)
    const [request] = tree.requestsFor(0, bitTorrentPeerHashes)
    const hashes = seed.answer(request!)!
    const root = content.files[1]!.piecesRoot!
    expect(tree.accept({ ...request!, hashes, root })).toBe(false)
    expect(tree.accept({ ...request!, hashes, root: sha256(root) })).toBe(false)
    expect(tree.accept({ ...request!, hashes, baseLayer: 1 })).toBe(false)
    expect(tree.accept({ ...request!, hashes, index: 64 })).toBe(false)
    expect(tree.accept({ ...request!, hashes: hashes.subarray(32) })).toBe(false)
    expect(tree.accept({ ...request!, hashes, length: 63 })).toBe(false)
    expect(tree.accept({ ...request!, hashes, proofLayers: 6 })).toBe(false)
    expect(tree.accept({ ...request!, hashes })).toBe(true)
  })

  test('refuses true hashes that are of padding only', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 40 * leaf }])
    const request = { baseLayer: 0, index: 48, length: 8, proofLayers: 5 }
    const layers = [0, 1, 2, 3, 4, 5].map(level => layer(leaves[0]!, level))
    const hashes = hashesFor(
      request,
      level => layers[level]!.length / hashLength,
      (level, index) => layers[level]!.subarray(index * hashLength, (index + 1) * hashLength),
    )!
    const root = content.files[0]!.piecesRoot!
    const claim = { root, totalLayers: 6, baseLayer: 0, index: 48, hashes: hashes.subarray(0, 256) }
    expect(verifyHashes({ ...claim, proof: hashes.subarray(256) })).toBe(true)
    expect(new HashTree(content).accept({ ...request, root, hashes })).toBe(false)
  })

  test('shares hashes among equal files, and asks for them once', () => {
    const size = 30 * leaf
    const { content, leaves } = contentOf(leaf, [{ size, seed: 'same' }, { size: 5 }, { size, seed: 'same' }])
    const tree = new HashTree(content)
    learn(tree, new Seed(content, leaves, false), 0, bitTorrentPeerHashes)
    expect(tree.isComplete(0) && tree.isComplete(2)).toBe(true)
  })

  test('tells files of one root but other sizes apart', () => {
    // A file of 64 bytes that holds the two hashes below the root of another has the same root.
    const leaves = leavesOf(2)
    const files = [
      { path: ['1-small'], size: 64, piecesRoot: sha256(leaves) },
      { path: ['2-large'], size: 2 * leaf, piecesRoot: sha256(leaves) },
    ]
    const info = buildInfo({ name: 'twins', pieceLength: leaf, files })
    const content = parseContent(info, { infoHash: sha256(info) })
    const tree = new HashTree(content)
    expect(toHex(tree.leafHashes(0, 0)!)).toBe(toHex(sha256(leaves)))
    const [request] = tree.requestsFor(1, bitTorrentPeerHashes)
    expect(tree.accept({ ...request!, hashes: leaves })).toBe(true)
    expect(toHex(tree.expectedRoot(0, 0)!)).toBe(toHex(sha256(leaves)))
    expect(toHex(tree.expectedRoot(1, 0)!)).toBe(toHex(leaves.subarray(0, 32)))
  })

  test('blames exactly the leaves that lied', () => {
    for (const pieceLength of [65_536, 4_194_304]) {
      const { content, leaves } = contentOf(pieceLength, [{ size: 6 * 1_048_576 + 3 * leaf }])
      const seed = new Seed(content, leaves, false)
      const tree = new HashTree(content)
      const piece = content.pieceCount - 1
      learn(tree, seed, piece, peeragePeerHashes)
      const { begin, length } = tree.map.segment(piece, 0)
      const got = seed.leavesOf(piece, begin, length).slice()
      got[40]! ^= 4
      expect(tree.wrongLeaves(piece, 0, got)).toBeUndefined()
      const request = tree.leafRequest(piece, 0)!
      const few = { ...request, length: 2, proofLayers: levelOf(Math.min(pieceLength, 1_048_576)) - 1 }
      expect(tree.accept({ ...few, hashes: seed.answer(few)! })).toBe(true)
      expect(tree.leafHashes(piece, 0)).toBeUndefined()
      expect(tree.accept({ ...request, hashes: seed.answer(request)! })).toBe(true)
      expect(tree.wrongLeaves(piece, 0, got)).toEqual([1])
      expect(tree.leafRequest(piece, 0)).toBeUndefined()
      tree.forget(piece)
      expect(tree.leafHashes(piece, 0)).toBeUndefined()
    }
  })

  test('needs no request for files of one segment or less, nor for their only leaf', () => {
    const { content } = contentOf(1_048_576, [{ size: 9 }, { size: 1_048_576 }, { size: 0 }])
    const tree = new HashTree(content)
    expect(toHex(tree.expectedRoot(0, 0)!)).toBe(toHex(content.files[0]!.piecesRoot!))
    expect(tree.expectedRoot(0, 1)).toBeUndefined()
    expect(tree.knowsPiece(1)).toBe(true)
    expect(tree.leafRequest(0, 0)).toBeUndefined()
    expect(toHex(tree.leafHashes(0, 0)!)).toBe(toHex(content.files[0]!.piecesRoot!))
    expect(tree.isComplete(2)).toBe(true)
    expect(tree.pieceLayer(1)).toBeUndefined()
    expect(tree.setPieceLayer(1, new Uint8Array(32))).toBe(false)
  })

  test('refuses a wrong piece layer', () => {
    const { content, leaves } = contentOf(leaf, [{ size: 3 * leaf }])
    const tree = new HashTree(content)
    const wrong = leaves[0]!.slice()
    wrong[7]! ^= 1
    expect(tree.setPieceLayer(0, wrong)).toBe(false)
    expect(tree.setPieceLayer(0, wrong.subarray(32))).toBe(false)
    expect(tree.pieceLayer(0)).toBeUndefined()
    expect(tree.setPieceLayer(0, leaves[0]!)).toBe(true)
  })

  test('answers no request that is out of bounds, unaligned or about leaves that are not those of the piece', () => {
    const { content, leaves } = contentOf(65_536, [{ size: 100 * leaf }])
    const seed = new Seed(content, leaves, false)
    const root = content.files[0]!.piecesRoot!
    const sound = { root, baseLayer: 2, index: 0, length: 16, proofLayers: 4 }
    expect(seed.answer(sound)?.length).toBe((16 + 1) * 32)
    for (const bad of [
      { ...sound, length: 1 },
      { ...sound, length: 64 },
      { ...sound, index: 8 },
      { ...sound, index: 32 },
      { ...sound, proofLayers: 5 },
      { ...sound, baseLayer: 7 },
      { ...sound, root: sha256(root) },
      { ...sound, baseLayer: 0, length: 8 },
    ])
      expect(seed.answer(bad)).toBeUndefined()
    const below = { ...sound, baseLayer: 0, length: 4, index: 4, proofLayers: 0 }
    expect(seed.tree.leavesNeeded(below, () => true)).toEqual({ piece: 1, begin: 0, length: 65_536 })
    expect(seed.tree.leavesNeeded(below, () => false)).toBeUndefined()
    expect(seed.tree.answer(below, leaves[0]!.subarray(0, 128))).toBeUndefined()
    expect(toHex(seed.answer(below)!)).toBe(toHex(leaves[0]!.subarray(128, 256)))
  })

  test('answers requests for leaves with proof beyond the piece, as libtorrent sends them', () => {
    const { content, leaves } = contentOf(65_536, [{ size: 100 * leaf }])
    const seed = new Seed(content, leaves, false)
    const request = {
      root: content.files[0]!.piecesRoot!,
      baseLayer: 0,
      index: 96,
      length: 4,
      proofLayers: 6,
    }
    const hashes = seed.answer(request)!
    expect(hashes.length).toBe((4 + 5) * 32)
    expect(new HashTree(content).accept({ ...request, hashes })).toBe(true)
  })

  test('has nothing to say about v1 content', () => {
    const { content } = contentOf(leaf, [{ size: 5 }])
    expect(() => new HashTree({ ...content, version: 'v1' })).toThrow(TypeError)
  })

  test('survives many requests about a root that all files share', () => {
    const count = 20_000
    const { content, leaves } = contentOf(leaf, Array(count).fill({ size: 3 * leaf, seed: 'same' }))
    const tree = new HashTree(content)
    const request = tree.requestsFor(0, bitTorrentPeerHashes)[0]!
    const started = process.threadCpuUsage()
    for (let i = 0; i < 100; i++) expect(tree.accept({ ...request, hashes: new Uint8Array(128) })).toBe(false)
    const { user, system } = process.threadCpuUsage(started)
    expect((user + system) / 1_000).toBeLessThan(1_000)
    expect(tree.accept({ ...request, hashes: concat([leaves[0]!, new Uint8Array(32)]) })).toBe(true)
    expect(tree.isComplete(count - 1)).toBe(true)
  })
})
