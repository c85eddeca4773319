import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLink } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

// Nothing leaves this machine.
const alone = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
}
const peers = new Peers()
let a: Peer

beforeAll(async () => {
  a = await peers.start('a', alone, { transports: 'tcp' })
})
afterAll(() => peers.end())

describe('networks that a share is on', () => {
  it('are named by one link, and another peer gets it by that', async () => {
    const path = makeTree(peers.path('both'), { 'one.bin': bytesOf(1, 70_000) })
    const shared = await share(a, path, { on: 'bittorrent,private', hybrid: true })
    const link = parseLink(shared.link)
    expect([link.kind, link.infoHash?.length, link.infoHashV1?.length]).toEqual(['magnet', 32, 20])
    expect(link.members).toEqual(a.addresses().slice(0, 8))
    expect(shared.who).toEqual(['everyone'])
    const b = await peers.start('b', { ...alone, 'bittorrent.enabled': false }, { transports: 'tcp' })
    expect(await get(b, shared.link, peers.path('into-b'))).toMatchObject({ state: 'complete' })
    await peers.stop(b)
  })

  it('change when it is shared again, and who may have it with them', async () => {
    const path = makeTree(peers.path('later'), { 'one.bin': bytesOf(2, 70_000) })
    const { infoHash, who } = await share(a, path)
    expect(who).toEqual(['secret'])
    const wide = await share(a, path, { on: 'bittorrent' })
    expect([wide.who, await a.files.trackers({ content: infoHash })]).toEqual([
      ['everyone'],
      expect.arrayContaining([expect.objectContaining({ kind: 'pex' })]),
    ])
    const narrow = await share(a, path, { on: 'private' })
    expect([narrow.who, await a.files.trackers({ content: infoHash })]).toEqual([['secret'], []])
    expect(parseLink(narrow.link)).toMatchObject({ kind: 'peerage', secret: expect.any(Uint8Array) })
  })

  it('are refused when there is no such network, or it is off', async () => {
    const path = makeTree(peers.path('none'), { 'one.bin': bytesOf(3, 7) })
    await expect(share(a, path, { on: 'gnutella' })).rejects.toMatchObject({ code: 'usage.invalid' })
    await expect(share(a, path, { on: 'private', tracker: ['udp://t.example:1'] })).rejects.toThrow(
      '--on bittorrent',
    )
    const c = await peers.start('c', { ...alone, preset: 'lan' })
    await expect(share(c, path, { on: 'ipfs' })).rejects.toThrow('IPFS is off here')
  })
})
