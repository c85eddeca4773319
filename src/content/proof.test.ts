import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leavesOf } from '../../test/conformance/made-up-trees.ts'
import { concat } from '../base/index.ts'
import { hashLength, layer, merkleRoot, treeHeight } from './merkle.ts'
import { hashesFor, proofLayersTo, splitHashes, uncleCount, verifyHashes } from './proof.ts'

/** A tree of some leaves, and a request for part of it that leads to the root. */
interface Asked {
  readonly leaves: Uint8Array
  readonly height: number
  readonly request: { baseLayer: number; index: number; length: number; proofLayers: number }
}

const asked: fc.Arbitrary<Asked> = fc
  .record({ count: fc.integer({ min: 2, max: 150 }), base: fc.nat(6), span: fc.nat(6), place: fc.nat(150) })
  .map(({ count, base, span, place }) => {
    const height = treeHeight(count)
    const baseLayer = Math.min(base, height - 1)
    const length = 2 ** Math.min(1 + span, height - baseLayer)
    const width = Math.ceil(count / 2 ** baseLayer)
    const index = Math.floor((place % width) / length) * length
    return {
      leaves: leavesOf(count),
      height,
      request: { baseLayer, index, length, proofLayers: proofLayersTo(height, baseLayer) },
    }
  })

function answer({ leaves, request }: Asked): Uint8Array {
  const layers = Array.from({ length: 9 }, (_, level) => layer(leaves, level))
  return hashesFor(
    request,
    level => layers[level]!.length / hashLength,
    (level, index) => layers[level]!.subarray(index * hashLength, (index + 1) * hashLength),
  )!
}

function claimOf(each: Asked, hashes: Uint8Array): Parameters<typeof verifyHashes>[0] {
  const parts = splitHashes(each.request, hashes)!
  const { baseLayer, index } = each.request
  const root = merkleRoot(each.leaves)
  return { root, totalLayers: each.height, baseLayer, index, hashes: parts.base, proof: parts.proof }
}

describe('proofs', () => {
  test('have one uncle for each layer that the hashes do not fill (BEP 52)', () => {
    expect(uncleCount(2, 9)).toBe(9)
    expect(uncleCount(512, 0)).toBe(0)
    expect(uncleCount(512, 8)).toBe(0)
    expect(uncleCount(512, 9)).toBe(1)
    expect(uncleCount(300, 10)).toBe(2)
  })

  test('of any part of any tree lead to its root', () => {
    fc.assert(fc.property(asked, each => verifyHashes(claimOf(each, answer(each)))))
  })

  test('never survive a changed bit', () => {
    fc.assert(
      fc.property(asked, fc.nat(), fc.nat(7), (each, place, bit) => {
        const hashes = answer(each)
        hashes[place % hashes.length]! ^= 1 << bit
        return !verifyHashes(claimOf(each, hashes))
      }),
    )
  })

  test('never hold for another place, layer, root or height', () => {
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 200 }), (each, other) => {
        const claim = claimOf(each, answer(each))
        const elsewhere = claim.index + other * each.request.length
        // Behind the end all is padding; the same padding may stand in many places there.
        const inside = elsewhere < each.leaves.length / 32 / 2 ** claim.baseLayer
        if (inside) expect(verifyHashes({ ...claim, index: elsewhere })).toBe(false)
        expect(verifyHashes({ ...claim, baseLayer: claim.baseLayer + other })).toBe(false)
        expect(verifyHashes({ ...claim, totalLayers: claim.totalLayers + other })).toBe(false)
        expect(verifyHashes({ ...claim, root: merkleRoot(leavesOf(2, 'other')) })).toBe(false)
      }),
    )
  })

  test('never hold with hashes left out or added', () => {
    fc.assert(
      fc.property(asked, each => {
        const hashes = answer(each)
        expect(splitHashes(each.request, hashes.subarray(hashLength))).toBeUndefined()
        expect(splitHashes(each.request, concat([hashes, new Uint8Array(hashLength)]))).toBeUndefined()
        const claim = claimOf(each, hashes)
        if (claim.proof.length > 0)
          expect(verifyHashes({ ...claim, proof: claim.proof.subarray(hashLength) })).toBe(false)
      }),
    )
  })

  test('out of shape are false, not errors', () => {
    const leaves = leavesOf(4)
    const claim = {
      root: merkleRoot(leaves),
      totalLayers: 2,
      baseLayer: 0,
      index: 0,
      proof: new Uint8Array(),
    }
    expect(verifyHashes({ ...claim, hashes: leaves })).toBe(true)
    expect(verifyHashes({ ...claim, hashes: leaves.subarray(1) })).toBe(false)
    expect(verifyHashes({ ...claim, hashes: new Uint8Array() })).toBe(false)
    expect(verifyHashes({ ...claim, hashes: leaves, index: 2 })).toBe(false)
    expect(verifyHashes({ ...claim, hashes: leaves.subarray(0, 64), proof: new Uint8Array(31) })).toBe(false)
  })

  test('may leave out the padding at the end of a layer', () => {
    const leaves = leavesOf(7)
    const proof = layer(leaves, 2).subarray(0, hashLength)
    const claim = { root: merkleRoot(leaves), totalLayers: 3, baseLayer: 0, index: 4, proof }
    expect(verifyHashes({ ...claim, hashes: leaves.subarray(4 * hashLength) })).toBe(true)
    expect(verifyHashes({ ...claim, hashes: leaves.subarray(5 * hashLength) })).toBe(false)
  })
})
