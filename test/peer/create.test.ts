import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeTorrent } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import type { CreatedTorrent, CreateInput } from '../../src/services/files/index.ts'
import { Peers, share } from './peers.ts'

const peers = new Peers()
let peer: Peer
const trackers = ['udp://a.example:1,http://b.example/announce?x=1,2', 'udp://c.example:3']

beforeEach(async () => {
  fs.mkdirSync(peers.path('in/sub'), { recursive: true })
  fs.writeFileSync(peers.path('in/large'), Buffer.alloc(100_000, 7))
  fs.writeFileSync(peers.path('in/sub/small'), 'hi')
  peer = await peers.start('A', {}, { offline: true })
})
afterEach(() => peers.end())

async function create(input: Partial<CreateInput> = {}): Promise<CreatedTorrent> {
  const asked = { path: peers.path('in'), torrent: peers.path('out.torrent'), ...input }
  for await (const update of peer.files.create(asked)) if (update.phase === 'created') return update
  throw new Error('it ended without a torrent')
}

const refused = (input: Partial<CreateInput>): Promise<unknown> =>
  create(input).catch(error => (error as { code: string }).code)

describe('create', () => {
  test('writes all that was said into the file and shares nothing', async () => {
    const made = await create({
      tracker: trackers,
      webSeed: ['https://w.example/x/'],
      private: true,
      pieceLength: 16_384,
      hybrid: true,
      comment: 'Hällo',
      source: 'TAG',
      date: true,
    })
    const torrent = decodeTorrent(fs.readFileSync(peers.path('out.torrent')))
    expect(torrent.trackers).toEqual([
      ['udp://a.example:1', 'http://b.example/announce?x=1,2'],
      ['udp://c.example:3'],
    ])
    expect(torrent).toMatchObject({
      webSeeds: ['https://w.example/x/'],
      comment: 'Hällo',
      createdBy: 'Peerage',
    })
    expect(torrent.creationDate).toBeCloseTo(Date.now() / 1000, -2)
    const info = Buffer.from(torrent.info).toString('latin1')
    expect(info).toContain('7:privatei1e')
    expect(info).toContain('6:source3:TAG')
    expect(made).toMatchObject({ name: 'in', files: 2, pieceLength: 16_384, pieces: 8 })
    expect(made.infoHashV1).toHaveLength(40)
    expect(await peer.files.list({})).toEqual([])
  })

  test('gives the info hash that sharing gives, and says nothing that was not asked for', async () => {
    const made = await create()
    const torrent = decodeTorrent(fs.readFileSync(peers.path('out.torrent')))
    expect(torrent).toMatchObject({ trackers: [], webSeeds: [], createdBy: 'Peerage' })
    expect(torrent.creationDate).toBeUndefined()
    expect((await share(peer, peers.path('in'))).infoHash).toBe(made.infoHash)
  })

  test('refuses what is no tracker, no power of two, or there already', async () => {
    expect(await refused({ tracker: ['udp://a.example:1,nonsense://x'] })).toBe('usage.invalid')
    expect(await refused({ webSeed: ['ftp://a.example'] })).toBe('usage.invalid')
    expect(await refused({ pieceLength: 20_000 })).toBe('usage.invalid')
    fs.writeFileSync(peers.path('out.torrent'), 'mine')
    expect(await refused({})).toBe('store.exists')
    expect(fs.readFileSync(peers.path('out.torrent'), 'utf8')).toBe('mine')
    expect(await refused({ overwrite: true })).toMatchObject({ name: 'in' })
  })
})

test('share takes tiers, a remark and a source, and export writes them', async () => {
  const updates = peer.files.share({
    path: peers.path('in'),
    public: true,
    tracker: trackers,
    comment: 'c',
    source: 'S',
  })
  for await (const update of updates)
    if (update.phase === 'shared')
      await peer.files.export({ content: update.infoHash, path: peers.path('out.torrent') })
  const torrent = decodeTorrent(fs.readFileSync(peers.path('out.torrent')))
  expect(torrent.trackers.map(tier => tier.length)).toEqual([2, 1])
  expect(torrent.comment).toBe('c')
  expect(Buffer.from(torrent.info).toString('latin1')).toContain('6:source1:S')
})
