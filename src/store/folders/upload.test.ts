import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import { sweepUploads, Upload, type UploadPlan } from './upload.ts'

let root: string
beforeAll(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-upload-')))
})
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

function planOf(name: string, files: Readonly<Record<string, number>>, into: string): UploadPlan {
  const listed = Object.entries(files).map(([path, size]) => ({ path: path.split('/'), size }))
  return { folder: join(root, into), name, singleFile: name in files, files: listed }
}

test('a folder appears as a whole, with what was in it', async () => {
  const upload = await Upload.begin(planOf('Summer', { 'a.txt': 5, 'deep/b.txt': 3, empty: 0 }, 'whole'))
  await upload.receive(0, chunks('he', 'llo'))
  await upload.receive(1, chunks('abc'))
  await expect(upload.finish()).rejects.toThrow('have not come yet')
  expect(fs.existsSync(join(root, 'whole/Summer'))).toBe(false)
  await upload.receive(2, chunks())
  expect(await upload.finish()).toBe(join(root, 'whole/Summer'))
  expect(fs.readdirSync(join(root, 'whole'))).toEqual(['Summer'])
  expect(fs.readFileSync(join(root, 'whole/Summer/deep/b.txt'), 'utf8')).toBe('abc')
  expect(fs.statSync(join(root, 'whole/Summer')).mode & 0o500).toBe(0o500)
})

test('what is there already is kept, and the new one stands beside it', async () => {
  for (const expected of ['note.txt', 'note (2).txt', 'note (3).txt']) {
    const upload = await Upload.begin(planOf('note.txt', { 'note.txt': 1 }, 'beside'))
    await upload.receive(0, chunks(expected[5]!))
    expect(await upload.finish()).toBe(join(root, 'beside', expected))
  }
  expect(fs.readFileSync(join(root, 'beside/note.txt'), 'utf8')).toBe('t')
})

test.each(['../out', 'a/../../out', '/etc/passwd', 'a//b', '..', 'a/\0/b', '.'])(
  'the path %j leaves nothing outside, and is refused',
  async path => {
    const plan = planOf('Bad', { [path]: 1 }, 'escape')
    await expect(Upload.begin(plan)).rejects.toMatchObject({ code: 'path.unsafe' })
    expect(fs.existsSync(join(root, 'escape'))).toBe(false)
  },
)

test('more or fewer bytes than were said are refused, and can come again', async () => {
  const upload = await Upload.begin(planOf('x.bin', { 'x.bin': 3 }, 'lengths'))
  await expect(upload.receive(0, chunks('ab'))).rejects.toMatchObject({ code: 'usage.invalid' })
  await expect(upload.receive(0, chunks('abc', 'd'))).rejects.toMatchObject({ code: 'usage.invalid' })
  await expect(upload.receive(1, chunks('abc'))).rejects.toMatchObject({ code: 'usage.invalid' })
  await upload.receive(0, chunks('abc'))
  expect(fs.readFileSync(await upload.finish(), 'utf8')).toBe('abc')
})

test('what breaks off or is cancelled leaves nothing', async () => {
  const upload = await Upload.begin(planOf('x.bin', { 'x.bin': 3 }, 'broken'))
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('a')
    throw new Error('gone')
  }
  await expect(upload.receive(0, breaking())).rejects.toThrow('gone')
  await upload.discard()
  expect(fs.readdirSync(join(root, 'broken'))).toEqual([])
  await expect(upload.receive(0, chunks('abc'))).rejects.toBeInstanceOf(PeerageError)
})

test('more than the disk has room for is refused before anything is sent', async () => {
  const plan = planOf('huge', { huge: Number.MAX_SAFE_INTEGER }, 'huge')
  await expect(Upload.begin(plan)).rejects.toMatchObject({ code: 'store.disk-full' })
  expect(fs.existsSync(join(root, 'huge'))).toBe(false)
})

test('only what a crash left long ago is swept', async () => {
  const upload = await Upload.begin(planOf('x', { x: 1 }, 'sweep'))
  await sweepUploads(join(root, 'sweep'), Date.now())
  expect(fs.readdirSync(join(root, 'sweep'))).toHaveLength(1)
  await sweepUploads(join(root, 'sweep'), Date.now() + 25 * 3_600_000)
  expect(fs.readdirSync(join(root, 'sweep'))).toEqual([])
  await upload.discard()
})
