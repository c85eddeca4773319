import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { IoFailure } from './disk-errors.ts'
import { IoPool } from './io-pool.ts'
import { slabBytes } from './slab-pool.ts'

let root: string
let pool: IoPool

beforeEach(() => {
  root = fs.mkdtempSync(`${tmpdir()}/peerage-pool-`)
  pool = new IoPool({ workers: 2, slabBytes, openFiles: 8 })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await pool.close()
  fs.rmSync(root, { recursive: true, force: true })
})

function deleting(folder: string, files: number): Promise<unknown> {
  fs.mkdirSync(`${root}/${folder}`)
  const paths = Array.from({ length: files }, (_, i) => `${folder}/${i}`)
  for (const path of paths) fs.writeFileSync(`${root}/${path}`, '')
  return pool.run({ op: 'delete', base: root, paths, folder })
}

it('does what a thread is at before it closes, and nothing that comes after', async () => {
  const first = deleting('first', 3000)
  const later = Promise.allSettled([deleting('second', 1), deleting('third', 1)])
  await expect.poll(() => fs.existsSync(`${root}/first/0`), { interval: 1 }).toBe(false)
  await pool.close()
  await first
  expect(fs.readdirSync(root).sort()).toEqual(['second', 'third'])
  for (const one of await later)
    expect(one).toMatchObject({ status: 'rejected', reason: expect.any(IoFailure) })
})

it('ends its threads without terminating them, also one that has only just begun', async () => {
  const terminate = vi.spyOn(Worker.prototype, 'terminate')
  await pool.close()
  for (let i = 0; i < 10; i++) {
    const one = new IoPool({ workers: 1, slabBytes, openFiles: 8 })
    await new Promise(resolve => setTimeout(resolve, i * 5))
    await one.close()
    await expect(one.run({ op: 'stat', base: root, paths: [''] })).rejects.toThrow(TypeError)
  }
  expect(terminate).not.toHaveBeenCalled()
})
