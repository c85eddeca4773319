import fs from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemWorld } from '../../src/base/index.ts'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import { openStore } from '../../src/store/index.ts'
import { Peers, share } from './peers.ts'

const peers = new Peers()
const text = 'what is in the file\n'.repeat(100_000)
let peer: Peer
let at: string

const set = { 'gateway.port': 0, 'gateway.fetch': false }
/** Info hashes of a share that everyone may read, and of one that is nobody's but the user's. */
let open: string
let closed: string

beforeAll(async () => {
  const before = await peers.start('g', set)
  for (const name of ['open', 'closed']) {
    fs.mkdirSync(peers.path(name))
    fs.writeFileSync(peers.path(name, 'a.txt'), name + text)
  }
  open = (await share(before, peers.path('open'), { who: ['everyone'] })).infoHash
  closed = (await share(before, peers.path('closed'))).infoHash
  await peers.stop(before)
  const store = await openStore({ home: peers.home('g'), world: systemWorld })
  for (const name of ['open', 'closed'])
    await store.createShare(peers.path(name), { unixfs: 'unixfs-v1-2025' })
  await store.close()
  peer = await peers.start('g', set)
  await peer.attachGateway(options => listenForGateway(options, false))
  at = (await peer.gateway.start({})).url!.replace('localhost', '127.0.0.1')
})
afterAll(() => peers.end())

it('serves what everyone may read, straight from the file', async () => {
  const { url, isPrivate } = await peer.gateway.url({ what: open })
  expect(isPrivate).toBe(false)
  const cid = new URL(url).hostname.split('.')[0]!
  const file = await fetch(`${at}/ipfs/${cid}/a.txt`)
  expect(await file.text()).toBe(`open${text}`)
  const part = await fetch(`${at}/ipfs/${cid}/a.txt`, { headers: { range: 'bytes=1048570-1048590' } })
  expect(await part.text()).toBe(`open${text}`.slice(1_048_570, 1_048_591))
  await expect(peer.gateway.url({ what: cid })).resolves.toEqual({ url, isPrivate: false })
  fs.writeFileSync(peers.path('open', 'a.txt'), 'changed')
  expect((await fetch(`${at}/ipfs/${cid}/a.txt`)).status).toBe(404)
})

it('serves a private share to who has the key, and to nobody else', async () => {
  const { url, isPrivate } = await peer.gateway.url({ what: closed })
  expect(isPrivate).toBe(true)
  const { hostname, searchParams } = new URL(url)
  const path = `${at}/ipfs/${hostname.split('.')[0]}/a.txt`
  expect((await fetch(path)).status).toBe(404)
  const key = searchParams.get('peerage-key')
  const told = await fetch(path, { headers: { authorization: `Bearer ${key}` } })
  expect(await told.text()).toBe(`closed${text}`)
  expect(told.headers.get('cache-control')).toBe('no-store')
})

it('stays as it was set, and stops', async () => {
  expect(await peer.gateway.status({})).toMatchObject({ enabled: true, fetches: false, open: 0 })
  expect(await peer.gateway.stop({})).toMatchObject({ enabled: false })
  await expect(fetch(at)).rejects.toThrow()
  await expect(peer.gateway.url({ what: open })).rejects.toMatchObject({ code: 'usage.invalid' })
})
