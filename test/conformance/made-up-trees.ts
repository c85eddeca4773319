import { concat, sha256, utf8 } from '../../src/base/index.ts'

/** Hashes of `count` made-up leaves, for tests. */
export function leavesOf(count: number, seed = ''): Uint8Array {
  return concat(Array.from({ length: count }, (_, i) => sha256(utf8(`${seed}${i}`))))
}

/** The root of a tree by the letter of BEP 52, for tests to compare with: all leaves are there, padding too. */
export function naiveRoot(leaves: Uint8Array, height: number): Uint8Array {
  let nodes = Array.from({ length: 2 ** height }, (_, i) =>
    i * 32 < leaves.length ? leaves.subarray(i * 32, (i + 1) * 32) : new Uint8Array(32),
  )
  while (nodes.length > 1)
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) =>
      sha256(concat([nodes[2 * i]!, nodes[2 * i + 1]!])),
    )
  return nodes[0]!
}
