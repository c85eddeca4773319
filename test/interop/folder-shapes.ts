import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExtraLink } from './describe-folder.ts'

/** What a folder (or file) to share looks like. Names are paths below the root; sizes in bytes. */
export interface Shape {
  readonly name: string
  /** Without `/` in it and alone under the empty name: the root itself is the file. */
  readonly files: Readonly<Record<string, number>>
  readonly executables?: readonly string[]
  /** Links in the root folder: name and target. */
  readonly links?: readonly (readonly [name: string, target: string])[]
  /** Links elsewhere, that are not on disk. */
  readonly extraLinks?: readonly ExtraLink[]
}

const leaf = 16_384

export const shapes: readonly Shape[] = [
  { name: 'one-byte.bin', files: { '': 1 } },
  { name: 'leaf.bin', files: { '': leaf } },
  { name: 'leaf-and-one.bin', files: { '': leaf + 1 } },
  { name: 'three-leaves.bin', files: { '': 3 * leaf } },
  { name: 'odd.bin', files: { '': 300_001 } },
  { name: 'megabytes.bin', files: { '': 5 * 1_048_576 + 17 } },
  { name: 'tool', files: { '': 70_000 }, executables: [''] },
  { name: 'folder-of-one', files: { 'only.txt': 100_000 } },
  { name: 'nested', files: { 'a/b/c/d.txt': 5, 'a/b/e.txt': 40_000, 'a/z.txt': leaf, 'top.txt': 33 } },
  // "-" sorts before "/" and "." after "-": folders and files mix by whole names, not by whole paths.
  { name: 'order', files: { 'a/x': 10, 'a-b': 11, 'a.b': 12, Z: 13, aa: 14, 'a b': 15, 'B/y': 16 } },
  { name: 'empties', files: { 'a-empty': 0, 'b.bin': 20_000, 'c/empty': 0, 'd.bin': 65_536, 'z-empty': 0 } },
  { name: 'empty-first-and-file', files: { '0': 0, '1': 1 } },
  {
    name: 'borders',
    files: Object.fromEntries(
      [leaf - 1, leaf, leaf + 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 196_608, 262_145].map(
        size => [`size-${String(size).padStart(7, '0')}`, size],
      ),
    ),
  },
  // UTF-16 order, as JavaScript sorts, differs from byte order for the last two.
  {
    name: 'Größe 日本語',
    files: { 'ä.txt': 1_000, 'a\u0308.txt': 1_001, 日本: 20_000, ﾊﾝ: 5, '😀.png': 70_000, '\ufeffbom': 7 },
  },
  {
    name: 'executables',
    files: { 'bin/run.sh': 200, 'lib.so': 50_000, readme: 10 },
    executables: ['bin/run.sh'],
  },
  {
    name: 'links',
    files: { 'data.bin': 40_000, other: 3 },
    links: [
      ['link', 'data.bin'],
      ['zlink', 'other'],
    ],
  },
  {
    name: 'deep-links',
    files: { 'a/data.bin': 40_000, 'b/other': 3 },
    extraLinks: [
      ['b/link', 'a/data.bin'],
      ['a/x/y', 'b/other'],
      ['c', 'a'],
    ],
  },
  { name: 'same-bytes', files: { 'copy-1': 150_000, 'copy-2': 150_000 } },
  {
    name: 'many',
    files: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i % 7}/f${i}`, (i * 977) % 40_000])),
  },
]

/** Puts a shape on disk below `parent`; returns its root. Bytes depend on the size alone. */
export function makeShape(parent: string, shape: Shape): string {
  const root = join(parent, shape.name)
  for (const [name, size] of Object.entries(shape.files)) {
    const at = name === '' ? root : join(root, name)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, bytesOf(size))
    chmodSync(at, shape.executables?.includes(name) ? 0o755 : 0o644)
  }
  for (const [name, target] of shape.links ?? []) symlinkSync(target, join(root, name))
  return root
}

function bytesOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = size + 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}
