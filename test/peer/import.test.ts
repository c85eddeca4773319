import fs from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type { ImportedTorrent } from '../../src/services/files/index.ts'
import { encode } from '../../src/wire/index.ts'
import { Peers } from './peers.ts'

type Entries = Readonly<Record<string, Parameters<typeof encode>[0]>>

const peers = new Peers()
let peer: Peer
let hash: string

/** A content with a `.torrent` file of it in a folder as qBittorrent keeps them. */
beforeEach(async () => {
  fs.mkdirSync(peers.path('data/in'), { recursive: true })
  fs.mkdirSync(peers.path('BT_backup'))
  fs.writeFileSync(peers.path('data/in/a'), Buffer.alloc(50_000, 'a'))
  fs.writeFileSync(peers.path('data/in/b'), 'hi')
  peer = await peers.start('A')
  for await (const update of peer.files.create({
    path: peers.path('data/in'),
    torrent: peers.path('made.torrent'),
    hybrid: true,
    pieceLength: 16_384,
  }))
    if (update.phase === 'created') hash = update.infoHashV1!
  fs.renameSync(peers.path('made.torrent'), peers.path(`BT_backup/${hash}.torrent`))
})
afterEach(() => peers.end())

const complete = { pieces: new Uint8Array(5).fill(1), finished_time: 1, completed_time: 1_700_000_000 }

async function importWith(entries: Entries, dryRun = false): Promise<ImportedTorrent> {
  const resume = encode(new Map(Object.entries({ save_path: peers.path('data'), ...entries })))
  fs.writeFileSync(peers.path(`BT_backup/${hash}.fastresume`), resume)
  for await (const one of peer.files.import({ folder: peers.path('BT_backup'), dryRun })) return one
  throw new Error('nothing was imported')
}

async function settled(): Promise<void> {
  for (;;) {
    const [one] = await peer.files.list({})
    if (one?.state === 'complete' || one?.state === 'paused') return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('totals, times and wishes come along, and the files stay where they are', async () => {
  const one = await importWith({
    ...complete,
    total_uploaded: 123,
    added_time: 1_600_000_000,
    'qBt-ratioLimit': 2000,
  })
  expect(one).toMatchObject({ outcome: 'complete', name: 'in', missingFiles: 0, paused: false })
  await settled()
  expect((await peer.files.list({}))[0]).toMatchObject({
    state: 'complete',
    path: peers.path('data/in'),
    upBytesEver: 123,
    addedAt: 1_600_000_000_000,
    completedAt: 1_700_000_000_000,
  })
  expect(await importWith(complete)).toMatchObject({ outcome: 'known' })
})

test('files that were renamed are read under their names, also after a restart', async () => {
  fs.mkdirSync(peers.path('data/elsewhere'))
  fs.renameSync(peers.path('data/in/b'), peers.path('data/elsewhere/renamed'))
  // Number 1 is padding.
  await importWith({ ...complete, mapped_files: ['', '', 'elsewhere/renamed'] })
  await settled()
  await peers.stop(peer)
  peer = await peers.start('A')
  const chunks: Uint8Array[] = []
  for await (const chunk of peer.files.cat({ content: 'in', file: 'b' }))
    if (chunk instanceof Uint8Array) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe('hi')
  for await (const _ of peer.files.move({ content: 'in', into: peers.path('new') }));
  expect(fs.readFileSync(peers.path('new/elsewhere/renamed'), 'utf8')).toBe('hi')
})

test('what is not whole goes on as a part of ours', async () => {
  fs.renameSync(peers.path('data/in/a'), peers.path('data/in/a.!qB'))
  fs.truncateSync(peers.path('data/in/a.!qB'), 40_000)
  const one = await importWith({ paused: 1, auto_managed: 0, mapped_files: ['in/a.!qB'] })
  expect(one).toMatchObject({ outcome: 'partial', paused: true })
  expect(fs.readdirSync(peers.path('data/in')).sort()).toContain('a.part')
  for await (const _ of peer.files.verify({ content: 'in' }));
  const rows = await peer.files.files({ content: 'in' })
  expect(rows.map(({ path, bytes }) => [path, bytes])).toEqual([
    ['a', 32_768],
    ['b', 2],
  ])
})

test('a dry run changes nothing, missing files are told, and names that escape are refused', async () => {
  expect(await importWith(complete, true)).toMatchObject({ outcome: 'complete' })
  expect(await peer.files.list({})).toEqual([])
  for (const path of ['../outside', '/etc/passwd', 'in/../../x', 'a//b'])
    expect(await importWith({ ...complete, mapped_files: [path] }), path).toMatchObject({ outcome: 'failed' })
  expect(await peer.files.list({})).toEqual([])
  fs.rmSync(peers.path('data/in/b'))
  expect(await importWith(complete)).toMatchObject({ outcome: 'missing', missingFiles: 1, paused: true })
})

test('a folder of nothing, and torrents that are damaged', async () => {
  const failing = peer.files.import({ folder: peers.path('data') })
  await expect(failing[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'usage.invalid' })
  fs.writeFileSync(peers.path(`BT_backup/${hash}.torrent`), 'nonsense')
  expect(await importWith(complete)).toMatchObject({ outcome: 'failed', error: { code: 'bencode.invalid' } })
})
