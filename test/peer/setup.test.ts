import { afterAll, expect, it } from 'vitest'
import { Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

it('asks a new user once, and says what waits for the next start', async () => {
  const home = 'new'
  const peer = await peers.start(home)
  expect(await peer.setup.show()).toMatchObject({ isFirst: true, preset: 'open' })
  await expect(peer.setup.finish({ downloads: 'relative' })).rejects.toMatchObject({ code: 'usage.invalid' })
  const done = await peer.setup.finish({ name: ' Anna ', downloads: peers.path('Downloads'), preset: 'open' })
  expect(done).toEqual({
    isFirst: false,
    name: 'Anna',
    downloads: peers.path('Downloads'),
    preset: 'open',
    needsRestart: false,
  })
  expect((await peer.setup.finish({ preset: 'lan' })).needsRestart).toBe(true)
  await peers.stop(peer)
  const again = await peers.start(home)
  expect(await again.setup.show()).toMatchObject({ isFirst: false, name: 'Anna', preset: 'lan' })
})

it('asks nobody who has used it already', async () => {
  const peer = await peers.start('used')
  await share(peer, makeTree(peers.path('thing'), { a: bytesOf(1, 1) }))
  expect((await peer.setup.show()).isFirst).toBe(false)
})

it('answers who asks for folders, and only by whole paths', async () => {
  const peer = await peers.start('folders')
  const { places, downloads } = await peer.folders.places()
  expect(places[0]!.kind).toBe('home')
  expect(downloads.startsWith('/')).toBe(true)
  const made = await peer.folders.create({ path: peers.root, name: 'made' })
  expect(
    (await peer.folders.list({ path: peers.root, onlyFolders: true })).entries.map(one => one.name),
  ).toContain('made')
  expect((await peer.folders.space({ path: made.path })).folder).toBe(made.path)
  await expect(peer.folders.list({ path: 'relative' })).rejects.toMatchObject({ code: 'usage.invalid' })
})
