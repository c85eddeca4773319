import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Denylists } from './denylists.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peerage-deny-'))
  file = join(folder, 'list.deny')
})
afterEach(() => rm(folder, { recursive: true }))

const asked = (domain: string) => ({ root: { domain }, path: [] })

test('a list is followed as it changes, and holds while it cannot be read', async () => {
  const lists = new Denylists({ world: new VirtualWorld(1), maxBytes: 1_000, maxRules: 100 })
  await writeFile(file, '/ipns/a.example\n')
  await lists.use([file])
  expect(() => lists.check(asked('a.example'))).toThrow(expect.objectContaining({ status: 410 }))
  expect(() => lists.check(asked('b.example'))).not.toThrow()
  await writeFile(file, '/ipns/a.example\n/ipns/b.example gateway_status=451\njunk\n')
  await lists.look()
  expect(() => lists.check(asked('b.example'))).toThrow(expect.objectContaining({ status: 451 }))
  expect(lists.status()).toEqual([{ path: file, rules: 2, junkLines: [3] }])
  await writeFile(file, 'x'.repeat(1_001))
  await lists.look()
  expect(lists.status()[0]).toMatchObject({ rules: 2, problem: expect.stringContaining('1000 bytes') })
  await rm(file)
  await lists.look()
  expect(() => lists.check(asked('b.example'))).toThrow()
  lists.stop()
})

test('a list that cannot be read is no list that somebody may rely on', async () => {
  const lists = new Denylists({ world: new VirtualWorld(1), maxBytes: 1_000, maxRules: 100 })
  await expect(lists.use([join(folder, 'none')])).rejects.toThrow(
    expect.objectContaining({ code: 'config.invalid' }),
  )
})
