import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leavesOf, naiveRoot } from '../../test/conformance/made-up-trees.ts'
import { concat, sha256, toHex } from '../base/index.ts'
import {
  differingHashes,
  hashLength,
  layer,
  leafCount,
  levelOf,
  merkleRoot,
  padHash,
  rootOfSegment,
  segmentLeaves,
  treeHeight,
} from './merkle.ts'

describe('sizes of trees', () => {
  test('leaves cover 16 KiB each', () => {
    expect([0, 1, 16_384, 16_385, 2 ** 40].map(leafCount)).toEqual([0, 1, 1, 2, 2 ** 26])
  })

  test('heights hold all leaves and no layer more', () => {
    expect([1, 2, 3, 4, 5, 64, 65, 2 ** 33].map(treeHeight)).toEqual([0, 1, 2, 2, 3, 6, 7, 33])
    expect([16_384, 32_768, 1_048_576, 16_777_216].map(levelOf)).toEqual([0, 1, 6, 10])
  })
})

describe('roots', () => {
  test('one leaf is its own root', () => {
    const leaf = sha256(Uint8Array.of(1))
    expect(toHex(merkleRoot(leaf))).toBe(toHex(leaf))
  })

  test('padding is made of zero leaves (BEP 52)', () => {
    const zero = new Uint8Array(hashLength)
    expect(toHex(padHash(0))).toBe(toHex(zero))
    expect(toHex(padHash(1))).toBe('f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b')
    expect(toHex(padHash(6))).toBe(toHex(naiveRoot(concat(Array(64).fill(zero)), 6)))
  })

  test('equal those of a tree that is filled up by hand', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 3 }), (count, more) => {
        const leaves = leavesOf(count)
        const height = treeHeight(count) + more
        expect(toHex(merkleRoot(leaves, height))).toBe(toHex(naiveRoot(leaves, height)))
      }),
    )
  })

  test('come out the same from any layer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(7), (count, level) => {
        const leaves = leavesOf(count)
        const height = treeHeight(count)
        fc.pre(level <= height)
        const nodes = layer(leaves, level)
        expect(nodes.length).toBe(Math.ceil(count / 2 ** level) * hashLength)
        expect(toHex(merkleRoot(nodes, height - level, sha256, level))).toBe(toHex(merkleRoot(leaves)))
      }),
    )
  })

  test('refuse lists that are none, or too long', () => {
    expect(() => merkleRoot(new Uint8Array(0))).toThrow(TypeError)
    expect(() => merkleRoot(new Uint8Array(33))).toThrow(TypeError)
    expect(() => merkleRoot(leavesOf(3), 1)).toThrow(TypeError)
  })

  test('take a hash function', () => {
    let calls = 0
    const counting = (bytes: Uint8Array): Uint8Array => {
      calls++
      return sha256(bytes)
    }
    expect(toHex(merkleRoot(leavesOf(5), undefined, counting))).toBe(toHex(merkleRoot(leavesOf(5))))
    // five leaves: 3 parents, 2 grandparents, 1 root
    expect(calls).toBe(6)
  })
})

describe('segments', () => {
  const mebibyte = 1_048_576

  test('have as many leaves as fit, or as the whole tree of a short file', () => {
    expect(segmentLeaves(5 * mebibyte, mebibyte)).toBe(64)
    expect(segmentLeaves(mebibyte, mebibyte)).toBe(64)
    expect(segmentLeaves(40_000, mebibyte)).toBe(4)
    expect(segmentLeaves(1, mebibyte)).toBe(1)
    expect(segmentLeaves(100_000, 32_768)).toBe(2)
  })

  test('of a file lead to its root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1, 2, 8, 64), (count, perSegment) => {
        const leaves = leavesOf(count)
        const size = count * 16_384 - 5
        const width = segmentLeaves(size, perSegment * 16_384)
        const roots: Uint8Array[] = []
        for (let at = 0; at < count; at += perSegment)
          roots.push(rootOfSegment(leaves.subarray(at * 32, (at + perSegment) * 32), width))
        const level = treeHeight(width)
        const root = merkleRoot(concat(roots), treeHeight(count) - level, sha256, level)
        expect(toHex(root)).toBe(toHex(merkleRoot(leaves)))
      }),
      { numRuns: 50 },
    )
  })

  test('tell which leaves differ', () => {
    const leaves = leavesOf(6)
    const others = leaves.slice()
    others[33] = others[33]! ^ 1
    others[5 * 32] = others[5 * 32]! ^ 1
    expect(differingHashes(leaves, others)).toEqual([1, 5])
    expect(differingHashes(leaves, leaves.slice(0, 4 * 32))).toEqual([4, 5])
    expect(differingHashes(leaves, leaves)).toEqual([])
  })
})
