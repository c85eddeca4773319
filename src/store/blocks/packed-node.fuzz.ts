import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { atOnce, equalBytes } from '../../base/index.ts'
import type { FileEntry } from '../../content/index.ts'
import { HamtNodes } from './hamt-nodes.ts'
import { packNode, unpackNode } from './packed-node.ts'
import { FileFinder } from './whole-files.ts'

const files = Array.from(
  { length: 4 },
  (_, index): FileEntry => ({
    index,
    path: [`file-${index}`],
    size: 1000 + index,
    piecesRoot: new Uint8Array(32).fill(index),
    firstPiece: index,
    pieceCount: 1,
    v1Offset: 0,
  }),
)
const finder = new FileFinder(files)
for (const file of files) finder.add(file)

const nodes = new HamtNodes(files)

/** What is taken for a node is packed and unpacked to the same, or kept as it is. */
export const fuzz: FuzzTarget = {
  name: 'packed-node',
  seeds: [
    Uint8Array.of(0, 2, 8, 1, 4, 1, 1, 1, 1),
    Uint8Array.of(2, 2, 8, 5, 2, 1, 0xa0, 3, 0x0b),
    Uint8Array.of(0, 2, 8, 1, 2, 1, 0, 4, 1, 0x55, 0x12, 0x20, 1, 0x61, 9),
    Uint8Array.of(8, 1, 0, 0),
    Uint8Array.of(8, 2, 0, 1, 4, 1, 0x55, 0x12, 0x20, 3, 0x37, 0x37, 0x61, 9),
  ],
  run(input) {
    const node = atOnce(unpackNode(input, nodes))
    const packed = node && atOnce(packNode(node, finder, nodes))
    const again =
      packed &&
      ('place' in packed ? nodes.node(packed.place)?.bytes : atOnce(unpackNode(packed.bytes, nodes)))
    if (packed !== undefined && (again === undefined || !equalBytes(again, node!)))
      throw new Error('a node is not the same when it is unpacked')
  },
}
