import { afterAll, expect, it } from 'vitest'
import { get, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

it('a live list, pieces, facts and the library tell what is here', async () => {
  const a = await peers.start('a')
  const b = await peers.start('b')
  const tree = makeTree(peers.path('films'), { 'film.mp4': bytesOf(1, 300_000), 'notes.txt': bytesOf(2, 10) })
  const { link, infoHash } = await share(a, tree)
  const updates = b.files.watch()[Symbol.asyncIterator]()
  expect((await updates.next()).value).toEqual({ rows: [], removed: [] })
  await get(b, link, peers.path('into'))
  expect((await updates.next()).value).toMatchObject({ rows: [{ infoHash, name: 'films' }], removed: [] })
  await updates.return?.()
  const map = await b.files.pieces({ content: infoHash })
  expect(map.have).toBe(map.pieces)
  expect(Buffer.from(map.here, 'base64')).toEqual(Buffer.alloc(map.cells, 255))
  expect((await b.files.facts({ content: infoHash })).map(({ type }) => type)).toContain('transfer.completed')
  expect(await b.files.speeds({})).toMatchObject({ stepMs: 5000 })
  const videos = await b.files.library({ kind: 'video' })
  expect(videos).toMatchObject({
    total: 1,
    kinds: { video: 1, document: 1, other: 0 },
    rows: [{ infoHash, file: 'film.mp4', size: 300_000, bytes: 300_000 }],
  })
  expect(await b.files.library({ search: 'FILMS notes' })).toMatchObject({
    total: 1,
    rows: [{ kind: 'document' }],
  })
  expect(await b.files.library({ limit: 1, offset: 1 })).toMatchObject({
    total: 2,
    rows: [{ file: 'notes.txt' }],
  })
})
