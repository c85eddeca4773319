import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { expect } from 'vitest'
import { writeRandomFile } from '../../../bench/test-data.ts'

/** Sizes around borders of leaves and pieces, empty files first, last and between, names beyond ASCII. */
const files: Readonly<Record<string, number>> = {
  '0-empty': 0,
  'a/one-byte': 1,
  'a/leaf-and-one.bin': 16_385,
  'a/b/c/three pieces.bin': 3 * 262_144,
  'b-empty/empty': 0,
  'big.bin': 4_194_304 + 4711,
  'Größe/日本語.txt': 30_000,
  'odd.bin': 1_000_003,
  'z-empty': 0,
}

/** A folder `content` with files of all sorts below `parent`; answers its path. */
export async function writeContent(parent: string): Promise<string> {
  const root = join(parent, 'content')
  for (const [name, size] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    if (size > 0) await writeRandomFile(join(root, name), size)
    else await writeFile(join(root, name), '')
  }
  return root
}

/** Every byte has arrived. Programs that write no empty files, or write pad files (BEP 47), are forgiven. */
export async function expectSame(source: string, got: string, strict: boolean): Promise<void> {
  if (strict) return void execFileSync('diff', ['-r', source, got], { encoding: 'utf8' })
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || (await stat(path)).size === 0) continue
    const same = (await readFile(path)).equals(await readFile(join(got, relative(source, path))))
    expect(same, `${path} arrived as it was`).toBe(true)
  }
}
