import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { python } from '../../bench/opponents/libtorrent.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { runLibtorrent } from './libtorrent.ts'

/** Prints what libtorrent reads in a .torrent file; it shuffles trackers within a tier (BEP 12). */
const reader = `
import json, sys, libtorrent as lt
info = lt.torrent_info(sys.argv[1])
hashes = info.info_hashes()
print(json.dumps({
  'v1': str(hashes.v1) if hashes.has_v1() else None, 'v2': str(hashes.v2), 'private': info.priv(),
  'pieceLength': info.piece_length(), 'comment': info.comment(), 'date': info.creation_date(),
  'trackers': sorted([t.tier, t.url] for t in info.trackers()), 'webSeeds': [s['url'] for s in info.web_seeds()]}))
`

let folder: string
let daemon: PeerageDaemon

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'peerage-created-'))
  mkdirSync(join(folder, 'in/sub'), { recursive: true })
  writeFileSync(join(folder, 'in/large'), Buffer.alloc(3_000_001, 'abc'))
  writeFileSync(join(folder, 'in/sub/small'), 'hello')
  daemon = await startPeerage(join(folder, 'home'), {
    set: { 'network.mdns': false, 'bittorrent.dht': false },
  })
})

afterAll(async () => {
  await daemon.kill()
  rmSync(folder, { recursive: true, force: true })
})

test.each([false, true])(
  'libtorrent makes the same torrent and reads all of ours, hybrid: %s',
  async hybrid => {
    const torrent = join(folder, `${hybrid}.torrent`)
    const made = (await daemon.call('files.create', {
      path: join(folder, 'in'),
      torrent,
      hybrid,
      pieceLength: 65_536,
      tracker: ['udp://a.example:1,http://b.example/announce', 'udp://c.example:3'],
      webSeed: ['http://w.example/x/', 'http://y.example/x/'],
      comment: 'Hällo',
      date: true,
    })) as { infoHash: string; infoHashV1?: string }
    const [theirs] = runLibtorrent([
      { path: join(folder, 'in'), pieceLength: 65_536, v2Only: !hybrid, links: [] },
    ])
    expect(theirs).toMatchObject({ v2: made.infoHash, v1: made.infoHashV1 ?? null })
    const read = JSON.parse(execFileSync(python, ['-c', reader, torrent], { encoding: 'utf8' }))
    expect(read).toMatchObject({
      v1: made.infoHashV1 ?? null,
      v2: made.infoHash,
      private: false,
      pieceLength: 65_536,
      comment: 'Hällo',
      trackers: [
        [0, 'http://b.example/announce'],
        [0, 'udp://a.example:1'],
        [1, 'udp://c.example:3'],
      ],
      webSeeds: ['http://w.example/x/', 'http://y.example/x/'],
    })
    expect(read.date).toBeGreaterThan(1_700_000_000)
  },
)

test('a private torrent with a source is private to libtorrent, and has another hash than without', async () => {
  const hashes = new Set<string>()
  for (const input of [{}, { private: true }, { private: true, source: 'TAG' }]) {
    const torrent = join(folder, 'private.torrent')
    await daemon.call('files.create', { path: join(folder, 'in'), torrent, overwrite: true, ...input })
    const read = JSON.parse(execFileSync(python, ['-c', reader, torrent], { encoding: 'utf8' }))
    expect(read.private).toBe('private' in input)
    hashes.add(read.v2)
  }
  expect(hashes.size).toBe(3)
})
