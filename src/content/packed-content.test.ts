import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { utf8 } from '../base/index.ts'
import { encode } from '../wire/index.ts'
import { buildInfo } from './build-info.ts'
import type { ContentInfo } from './content.ts'
import { packContent, unpackContent } from './packed-content.ts'
import { parseInfo } from './parse-content.ts'

function again(content: ContentInfo, info: Uint8Array): { content: ContentInfo; steps: number } {
  const work = unpackContent(structuredClone(packContent(content)), info)
  for (let steps = 1; ; steps++) {
    const step = work.next()
    if (step.done) return { content: step.value, steps }
  }
}

const root = new Uint8Array(32).fill(7)
const files = [
  { path: ['a', 'b', 'c'], size: 40_000, piecesRoot: root, executable: true },
  { path: ['a', 'b', 'd'], size: 5, piecesRoot: root },
  { path: ['a', 'bc'], size: 5, piecesRoot: root },
  { path: ['a', 'e', 'ü\n'], size: 0 },
  { path: ['f'], size: 1, piecesRoot: root },
  { path: ['g'], size: 0, symlink: ['a', 'bc'] },
]
const v1Info = encode(
  new Map<string, Parameters<typeof encode>[0]>([
    [
      'files',
      [['x'], ['d', 'y'], ['z']].map(
        path =>
          new Map<string, Parameters<typeof encode>[0]>([
            ['length', 9],
            ['path', path],
          ]),
      ),
    ],
    ['name', 'n'],
    ['piece length', 16],
    ['pieces', new Uint8Array(40)],
  ]),
)

it.each([
  ['v1', v1Info],
  ['v1, one file', utf8(`d6:lengthi20000e4:name1:n12:piece lengthi16384e6:pieces40:${'p'.repeat(40)}e`)],
  ['v2', buildInfo({ name: 'n', pieceLength: 16_384, files })],
  ['hybrid', buildInfo({ name: 'n', pieceLength: 16_384, files, hybrid: new Uint8Array(120) })],
])('what goes to another thread packed is the same there: %s', (_, info) => {
  const content = parseInfo(info)
  const other = Uint8Array.from(info)
  expect(again(content, other).content).toStrictEqual({ ...content, info: other })
})

it('many files are unpacked in steps', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ path: [`${i}`], size: 1, piecesRoot: root }))
  const content = parseInfo(buildInfo({ name: 'n', pieceLength: 16_384, files: many }))
  const unpacked = again(content, content.info)
  expect(isDeepStrictEqual(unpacked.content, content)).toBe(true)
  expect(unpacked.steps).toBeGreaterThan(4)
})

it('hashes that are elsewhere cannot be packed', () => {
  const content = parseInfo(v1Info)
  expect(() => packContent({ ...content, v1Pieces: new Uint8Array(40) })).toThrow(TypeError)
})
