import { isDeepStrictEqual } from 'node:util'
import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, toHex, utf8 } from '../base/index.ts'
import { buildInfo } from './build-info.ts'
import { HashTree } from './hash-tree.ts'
import { packContent, unpackContent } from './packed-content.ts'
import { parseContent } from './parse-content.ts'
import { PieceMap } from './piece-map.ts'

const root = new Uint8Array(32).fill(97)
const files = [
  { path: ['a'], size: 40_000, piecesRoot: root, executable: true },
  { path: ['b', 'c'], size: 5, piecesRoot: root },
  { path: ['e'], size: 0 },
  { path: ['l'], size: 0, symlink: ['b', 'c'] },
]
const common = { name: 'n', pieceLength: 16_384, files }

/** Whatever parses must be mapped without error, and come back from `buildInfo` as it was understood. */
export const fuzz: FuzzTarget = {
  name: 'content/parse-content',
  seeds: [
    buildInfo(common),
    buildInfo({ ...common, hybrid: new Uint8Array(80) }),
    utf8(`d6:lengthi20000e4:name1:n12:piece lengthi16384e6:pieces40:${'p'.repeat(40)}e`),
    utf8(
      `d5:filesld6:lengthi9e4:pathl1:aeed4:attr1:p6:lengthi7eed6:lengthi9e4:pathl1:b1:ceee4:name1:n12:piece lengthi16e6:pieces40:${'p'.repeat(40)}e`,
    ),
  ],
  run(input) {
    try {
      const content = parseContent(input, { infoHash: new Uint8Array(32), infoHashV1: new Uint8Array(20) })
      const unpacking = unpackContent(packContent(content), input)
      let step = unpacking.next()
      while (!step.done) step = unpacking.next()
      if (!isDeepStrictEqual({ ...content, ...step.value }, content)) throw new Error('unpacked otherwise')
      const map = new PieceMap(content)
      const last = content.pieceCount - 1
      for (const piece of content.pieceCount > 0 ? [0, last >> 1, last] : []) {
        const covered = map.segments(piece).reduce((sum, { length }) => sum + length, 0)
        if (content.version !== 'v1' && covered !== map.pieceSize(piece)) throw new Error('a piece has gaps')
        if (covered > map.pieceSize(piece)) throw new Error('a piece is too full')
      }
      if (content.version === 'v1') return
      if (content.pieceCount > 0) new HashTree(content, { map }).expectedRoot(last, 0)
      const built = buildInfo({ ...content, hybrid: undefined, private: content.isPrivate })
      const again = parseContent(built, { infoHash: new Uint8Array(32) })
      if (describe(again.files) !== describe(content.files)) throw new Error('files changed on the way')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}

function describe(
  entries: readonly { path: readonly string[]; size: number; piecesRoot?: Uint8Array }[],
): string {
  return JSON.stringify(
    entries.map(entry => ({ ...entry, piecesRoot: entry.piecesRoot && toHex(entry.piecesRoot) })),
  )
}
