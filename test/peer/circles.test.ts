import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

let peers: Peers
beforeEach(() => {
  peers = new Peers()
})
afterEach(() => peers.end())

async function meet(one: Peer, name: string, other: Peer, otherName: string): Promise<void> {
  await one.contacts.add({ peer: other.addresses()[0]!, name: otherName })
  await other.contacts.add({ peer: one.addresses()[0]!, name })
}

describe('a circle', () => {
  it('reaches its members, and whom it loses, while its founder is away', async () => {
    const [ann, ben, cat] = [await peers.start('ann'), await peers.start('ben'), await peers.start('cat')]
    await meet(ann, 'ann', ben, 'ben')
    await meet(ann, 'ann', cat, 'cat')
    await meet(ben, 'ben', cat, 'cat')
    const joined = [ben, cat].map(one => nextEvent(one, 'circle.joined', ({ name }) => name === 'family'))
    await ann.circles.create({ name: 'family' })
    await ann.circles.add({ circle: 'family', who: ['ben'], role: 'admin' })
    await ann.circles.add({ circle: 'family', who: ['cat'], role: 'guest' })
    await Promise.all(joined)
    expect((await cat.circles.show({ circle: 'family' })).people).toMatchObject([
      { name: 'ann', role: 'admin' },
      { name: 'ben', role: 'admin' },
      { self: true, role: 'guest' },
    ])

    const path = makeTree(peers.path('source'), { 'a.bin': bytesOf(1, 100_000) })
    const { link } = await share(ben, path, { who: ['circle:family'] })
    expect(await codeOf(get(cat, link, peers.path('cat')))).toBe('none')

    await peers.stop(ann)
    const left = nextEvent(cat, 'circle.left', ({ name }) => name === 'family')
    await ben.circles.remove({ circle: 'family', who: ['cat'] })
    await left
    await cat.files.remove({ content: 'source' })
    expect(await codeOf(get(cat, link, peers.path('again'), { timeout: 2 }))).not.toBe('none')
    expect(await codeOf(cat.circles.add({ circle: 'family', who: [cat.peerId] }))).toBe('circle.denied')

    // The founder hears of it when it is back.
    const again = nextEvent(await peers.start('ann'), 'circle.changed', ({ members }) => members === 2)
    await again
  })
})
