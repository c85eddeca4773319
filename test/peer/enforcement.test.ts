import { afterAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { getUntil, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

const leaf = 16_384
/** Slow enough to do something in the middle. */
const slowly = { 'files.uploadBytesPerSecond': 300_000 }

function sourceOf(name: string, seed: number, bytes: number): string {
  return makeTree(peers.path('src', name), { 'a.bin': bytesOf(seed, bytes) })
}

/** What `from` sent to `to` in the stream that is open now. */
async function sentTo(from: Peer, to: Peer, infoHash: string): Promise<number | undefined> {
  const rows = await from.files.peers({ content: infoHash })
  return rows.find(({ peer }) => peer === to.peerId)?.upBytes
}

describe('a quota', () => {
  it('runs out at the right byte, over several tries, and the guest is told', async () => {
    const owner = await peers.start('quota-owner')
    const guest = await peers.start('quota-guest')
    const path = sourceOf('quota', 1, 184 * leaf)
    const { link, infoHash } = await share(owner, path, { who: [`peer:${guest.peerId}`], bytes: '1MB' })
    await expect(getUntil(guest, link, peers.path('quota-guest'), () => false)).rejects.toMatchObject({
      code: 'access.denied',
    })
    const most = Math.floor(1_000_000 / leaf) * leaf
    const seen = async () => {
      const { bytes, refused } = await guest.files.show({ content: infoHash })
      return { bytes, refused }
    }
    // The last block may still be on its way to the disk.
    await expect.poll(seen, { timeout: 5000 }).toEqual({ bytes: most, refused: true })
    expect((await owner.files.show({ content: infoHash })).upBytesEver).toBe(most)
    // Whoever comes again gets no more, also by another link.
    await expect(getUntil(guest, link, peers.path('quota-guest'), () => false)).rejects.toMatchObject({
      code: 'access.denied',
    })
    expect((await owner.files.show({ content: infoHash })).upBytesEver).toBe(most)
    await peers.stop(owner)
    await peers.stop(guest)
  })
})

describe('who may not take part any more', () => {
  it('is cut off in the middle, and others are not disturbed', async () => {
    const owner = await peers.start('cut-owner', slowly)
    const [ann, bob] = [await peers.start('cut-ann'), await peers.start('cut-bob')]
    const path = sourceOf('cut', 2, 4_000_000)
    const names = [ann, bob].map(({ peerId }) => `peer:${peerId}`)
    const { link, infoHash } = await share(owner, path, { who: names })
    for (const one of [ann, bob])
      await getUntil(one, link, peers.path(`cut-${one.peerId}`), ({ bytes }) => bytes > 0)
    const before = await sentTo(owner, bob, infoHash)
    await share(owner, path, { who: [names[1]!] })
    await expect.poll(() => sentTo(owner, ann, infoHash), { timeout: 2000, interval: 5 }).toBeUndefined()
    // A new stream would begin at 0 again.
    const after = await sentTo(owner, bob, infoHash)
    expect(after).toBeGreaterThanOrEqual(before!)
    await expect.poll(() => sentTo(owner, bob, infoHash), { timeout: 5000 }).toBeGreaterThan(after!)
    await expect.poll(async () => (await ann.files.show({ content: infoHash })).refused).toBe(true)
    for (const one of [owner, ann, bob]) await peers.stop(one)
  })
})
