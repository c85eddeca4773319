import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inputsOf } from '../../scripts/built-program.ts'

let root: string

/** A clone with a program of two lines, which says what of it is run. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'peerage-clone-'))
  for (const path of ['bin/peerage.js', 'scripts/built-program.ts', 'package.json'])
    cpSync(join(import.meta.dirname, '../..', path), join(root, path))
  write('src/cli/main.ts', "export const main = (): void => console.log('sources')\n")
  write('src/base/index.ts', 'export const one = 1\n')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

function bundle(folder = 'program-a'): void {
  write(`dist/${folder}/main.js`, "export const main = () => console.log('bundle')\n")
  const inputs = inputsOf(root, ['src/cli/main.ts', 'src/base/index.ts'])
  write('dist/program.json', JSON.stringify({ folder, inputs }))
}

/** As `bin/peerage.js` is run by a person. */
const ran = (): string =>
  execFileSync(process.execPath, [join(root, 'bin/peerage.js')], { encoding: 'utf8' }).trim()

test('what was bundled is run as long as its sources are what they were', () => {
  expect(ran()).toBe('sources')
  bundle()
  expect(ran()).toBe('bundle')
  write('src/base/index.ts', 'export const one = 11\n')
  expect(ran()).toBe('sources')
  bundle('program-b')
  expect(ran()).toBe('bundle')
})

test('a source that got another time, or is gone, makes it stale', () => {
  bundle()
  // As long as before and older: an earlier commit was checked out.
  utimesSync(join(root, 'src/base/index.ts'), 1_000_000_000, 1_000_000_000)
  expect(ran()).toBe('sources')
  bundle()
  rmSync(join(root, 'src/base/index.ts'))
  expect(ran()).toBe('sources')
})

test('half of a bundle is none', () => {
  bundle()
  write('dist/program.json', '{"folder":"progr')
  expect(ran()).toBe('sources')
  bundle()
  rmSync(join(root, 'dist/program-a'), { recursive: true })
  expect(ran()).toBe('sources')
})

test('a published package has no sources, and brings its bundle', () => {
  rmSync(join(root, 'src'), { recursive: true })
  rmSync(join(root, 'scripts'), { recursive: true })
  write('dist/program/main.js', "export const main = () => console.log('package')\n")
  expect(ran()).toBe('package')
})
