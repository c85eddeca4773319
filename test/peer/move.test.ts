import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type { MoveInput, MoveUpdate } from '../../src/services/files/index.ts'
import { get, Peers, share } from './peers.ts'

const peers = new Peers()
let elsewhere: string
let a: Peer
let b: Peer
let link: string

beforeEach(async () => {
  elsewhere = fs.mkdtempSync(`${peers.root.startsWith('/dev/shm/') ? tmpdir() : '/dev/shm'}/peerage-move-`)
  fs.mkdirSync(peers.path('in'), { recursive: true })
  fs.writeFileSync(peers.path('in/large'), Buffer.alloc(3_000_000, 'abc'))
  fs.writeFileSync(peers.path('in/small'), 'hi')
  a = await peers.start('A')
  b = await peers.start('B')
  link = (await share(a, peers.path('in'))).link
  await get(b, link, peers.path('out'))
})

afterEach(async () => {
  fs.rmSync(elsewhere, { recursive: true, force: true })
  await peers.end()
})

async function move(peer: Peer, input: Omit<MoveInput, 'content'>): Promise<MoveUpdate> {
  for await (const update of peer.files.move({ content: 'in', ...input }))
    if (update.phase === 'moved') return update
  throw new Error('it ended without having moved')
}

test.each([
  ['on the same disk', () => peers.path('new')],
  ['to another disk', () => elsewhere],
])('what was moved %s is offered from there', async (_, into) => {
  const update = await move(b, { into: into() })
  expect(update).toMatchObject({ path: `${fs.realpathSync(into())}/in`, missingPieces: 0 })
  expect(fs.existsSync(peers.path('out/in'))).toBe(false)
  const [shown] = await b.files.list({})
  expect(shown).toMatchObject({ state: 'complete', path: update.path })
  await peers.stop(a)
  const c = await peers.start('C')
  await get(c, (await b.files.show({ content: 'in' })).link, peers.path('third'))
  expect(fs.readFileSync(peers.path('third/in/small'), 'utf8')).toBe('hi')
  await peers.stop(b)
  b = await peers.start('B')
  expect((await b.files.list({}))[0]).toMatchObject({ state: 'complete', path: update.path })
})

test('what the user shares is left to him, and found where he has put it', async () => {
  await expect(move(a, { into: peers.path('new') })).rejects.toMatchObject({ code: 'usage.invalid' })
  fs.mkdirSync(peers.path('new'))
  fs.renameSync(peers.path('in'), peers.path('new/in'))
  expect(await move(a, { into: peers.path('new'), moved: true })).toMatchObject({ missingPieces: 0 })
  const c = await peers.start('C')
  await get(c, link, peers.path('third'))
  expect(fs.readFileSync(peers.path('third/in/small'), 'utf8')).toBe('hi')
})

test('files that the user deleted are seen to be gone, and offered no more', async () => {
  fs.rmSync(peers.path('out/in/small'))
  fs.rmSync(peers.path('in/small'))
  for (const peer of [a, b]) {
    const rows = await peer.files.files({ content: 'in' })
    expect(rows.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['large', 3_000_000],
      ['small', 0],
    ])
  }
  expect((await b.files.list({}))[0]?.state).not.toBe('complete')
})

test('pieces that are bad or gone are fetched again after they were looked at', async () => {
  fs.rmSync(peers.path('out/in/small'))
  const bytes = fs.readFileSync(peers.path('out/in/large'))
  bytes[5]! ^= 1
  fs.writeFileSync(peers.path('out/in/large'), bytes)
  let bad = 0
  for await (const update of b.files.verify({ content: 'in' })) bad = update.badPieces ?? bad
  expect(bad).toBeGreaterThan(1)
  // The changed file is the user's: it is only replaced when he says so.
  await get(b, link, peers.path('out'), { overwrite: true })
  expect(fs.readFileSync(peers.path('out/in/small'), 'utf8')).toBe('hi')
  expect(fs.readFileSync(peers.path('out/in/large')).equals(fs.readFileSync(peers.path('in/large')))).toBe(
    true,
  )
})
