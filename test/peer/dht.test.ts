import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicKeyOf } from '../../src/access/index.ts'
import { toHex } from '../../src/base/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, Peers } from './peers.ts'
import { alone, portOf } from './public-peers.ts'

const peers = new Peers()
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(
    name,
    { ...alone, 'bittorrent.dht': true, 'dht.maxQueriesPerAddress': 1000, ...set },
    { transports: 'tcp' },
  )

let first: Peer
let a: Peer
let b: Peer
beforeAll(async () => {
  first = await start('first', { 'dht.bootstrap': [] })
  // Whoever asks begins its node; this one finds nobody yet.
  expect(await first.dht.get({ what: '00'.repeat(20) })).toEqual({ found: false })
  const bootstrap = { 'dht.bootstrap': [`127.0.0.1:${portOf(first)}`] }
  a = await start('a', bootstrap)
  b = await start('b', bootstrap)
})
afterAll(() => peers.end())

describe('the DHT as something to ask', () => {
  it('is off until somebody needs it, and then says who is there', async () => {
    expect(await a.dht.status({})).toMatchObject({ state: 'off', nodes4: 0 })
    await a.dht.get({ what: 'ab'.repeat(20) })
    expect(await a.dht.status({})).toMatchObject({ state: 'lonely', nodes4: 1 })
  })

  it('keeps a text, found by its hash', async () => {
    const { target, nodes, peer } = await a.dht.put({ text: 'grüß dich' })
    expect([nodes, peer]).toEqual([1, undefined])
    // BEP 44: the SHA-1 of the bencoded value.
    expect(target).toMatch(/^[0-9a-f]{40}$/)
    expect(await b.dht.get({ what: target })).toEqual({ found: true, text: 'grüß dich' })
    expect((await first.dht.status({})).items).toBe(1)
  })

  it('keeps what a peer signed, found by its id, and replaced by the same peer', async () => {
    const put = { sign: true, salt: 'news' }
    expect(await a.dht.put({ text: 'one', ...put })).toMatchObject({ peer: a.peerId, seq: '1' })
    expect(await a.dht.put({ text: 'two', ...put })).toMatchObject({ seq: '2' })
    const two = { found: true, text: 'two', seq: '2' }
    expect(await b.dht.get({ what: a.peerId, salt: 'news' })).toEqual(two)
    expect(await b.dht.get({ what: toHex(publicKeyOf(a.peerId)), salt: 'news' })).toEqual(two)
    expect(await b.dht.get({ what: a.peerId })).toEqual({ found: false })
    expect(await b.dht.get({ what: b.peerId, salt: 'news' })).toEqual({ found: false })
  })

  it('refuses what cannot be, and says why', async () => {
    expect(await codeOf(a.dht.put({ text: 'x'.repeat(997) }))).toBe('usage.invalid')
    expect(await codeOf(a.dht.put({ text: 'x', salt: 'x'.repeat(65) }))).toBe('usage.invalid')
    expect(await codeOf(a.dht.get({ what: 'nonsense' }))).toBe('peer-id.invalid')
    expect(await codeOf(a.dht.get({ what: 'ab'.repeat(20), salt: 'x' }))).toBe('usage.invalid')
  })

  it('takes the longest text and salt', async () => {
    const salt = 'x'.repeat(64)
    await a.dht.put({ text: 'x'.repeat(996), sign: true, salt })
    expect(await b.dht.get({ what: a.peerId, salt })).toMatchObject({ text: 'x'.repeat(996) })
  })

  it('says when there is none', async () => {
    const without = await start('without', { 'bittorrent.dht': false })
    expect(await without.dht.status({})).toMatchObject({ state: 'off' })
    expect(await codeOf(without.dht.put({ text: 'x' }))).toBe('network.unreachable')
    const lonely = await start('lonely', { 'dht.bootstrap': [] })
    expect(await codeOf(lonely.dht.put({ text: 'x' }))).toBe('network.unreachable')
  })

  it('is switched off and on again while the peer runs', async () => {
    // What a flag says, as in the others here, could not be switched.
    const { 'bittorrent.dht': _, ...free } = alone
    const bootstrap = [`127.0.0.1:${portOf(first)}`]
    const set = { ...free, 'dht.maxQueriesPerAddress': 1000, 'dht.bootstrap': bootstrap }
    const c = await peers.start('c', set, { transports: 'tcp' })
    const what = 'ab'.repeat(20)
    expect(await c.dht.get({ what })).toEqual({ found: false })
    expect(await c.dht.stop({})).toMatchObject({ state: 'off', enabled: false })
    expect(await codeOf(c.dht.get({ what }))).toBe('network.unreachable')
    expect(await c.dht.start({})).toMatchObject({ enabled: true })
    expect(await c.dht.get({ what })).toEqual({ found: false })
    expect((await c.dht.status({})).nodes4).toBeGreaterThan(0)
    await peers.stop(c)
  })
})
