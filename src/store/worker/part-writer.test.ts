import fs from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scratchFolder } from '../../../test/crash/copy-content.ts'
import type { TargetRef } from '../io-jobs.ts'
import { OpenFiles } from './open-files.ts'
import { ParentChecker } from './parent-checker.ts'
import { PartWriter, writeAll } from './part-writer.ts'

let base: string
let files: OpenFiles
let writer: PartWriter

beforeEach(() => {
  base = scratchFolder()
  const parents = new ParentChecker()
  files = new OpenFiles(8, parents)
  writer = new PartWriter(files, parents)
})

afterEach(() => {
  files.closeAll()
  fs.rmSync(base, { recursive: true })
})

const target = (id: number, size = 5): TargetRef => ({
  id,
  base,
  path: 'folder/a.part',
  finalPath: 'folder/a',
  size,
  executable: false,
  overwrite: false,
  segmentLength: 16_384,
  segmentHeight: 0,
})

it('never gives a part that is gone its final name, full of zeros', () => {
  writeAll(files.forWriting(target(1)), [new Uint8Array([1, 2, 3, 4, 5])], 0)
  writer.finish(target(1))
  expect(() => writer.finish(target(2))).toThrow('ENOENT')
  expect([...fs.readFileSync(`${base}/folder/a`)]).toEqual([1, 2, 3, 4, 5])
  expect(fs.readdirSync(`${base}/folder`)).toEqual(['a'])
})

it('does not finish a part that somebody else cut off', () => {
  writeAll(files.forWriting(target(1)), [new Uint8Array(5)], 0)
  fs.truncateSync(`${base}/folder/a.part`, 3)
  expect(() => writer.finish(target(1))).toThrow('ENOENT')
  expect(fs.readdirSync(`${base}/folder`)).toEqual(['a.part'])
})

it('takes an equal file under the final name for the one that was to be made', () => {
  fs.mkdirSync(`${base}/folder`)
  fs.writeFileSync(`${base}/folder/a`, 'hello')
  const equal = new TextEncoder().encode('hello')
  const made = writer.create(target(1), equal)
  expect(writer.rename(target(1), equal, made).ino).toBe(fs.statSync(`${base}/folder/a`).ino)
  expect(fs.readdirSync(`${base}/folder`)).toEqual(['a'])
  const other = new TextEncoder().encode('world')
  const again = writer.create(target(2), other)
  expect(() => writer.rename(target(2), other, again)).toThrow('exists')
})
