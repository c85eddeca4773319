import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLink } from '../../src/content/index.ts'
import { createPeer, type Peer } from '../../src/peer/index.ts'
import { codeOf, get, getUntil, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let owner: Peer
let friend: Peer
let stranger: Peer
beforeAll(async () => {
  owner = await peers.start('owner')
  friend = await peers.start('friend')
  stranger = await peers.start('stranger')
})
afterAll(() => peers.end())

/** The link without one of its parts. */
function without(link: string, part: 's' | 'o' | 'p'): string {
  const [head, query = ''] = link.split('?')
  return `${head}?${query
    .split('&')
    .filter(one => !one.startsWith(`${part}=`))
    .join('&')}`
}

function sourceOf(name: string, seed: number): string {
  return makeTree(peers.path('src', name), {
    'a.bin': bytesOf(seed, 200_000),
    'b/c.txt': bytesOf(seed + 1, 50),
  })
}

describe('who may read', () => {
  it('whoever has the secret, and nobody else', async () => {
    const { link } = await share(owner, sourceOf('secret', 1))
    await get(friend, link, peers.path('friend'))
    expect(treeOf(peers.path('friend', 'secret'))).toEqual(treeOf(peers.path('src', 'secret')))
    const wrong = link.replace(/([?&]s=)(.)/, (_all, key, first) => `${key}${first === 'A' ? 'B' : 'A'}`)
    expect(await codeOf(get(stranger, without(link, 's'), peers.path('stranger')))).toBe('access.denied')
    await stranger.files.remove({ content: 'secret' })
    expect(await codeOf(get(stranger, wrong, peers.path('stranger')))).toBe('access.denied')
  })

  it('everyone, when everyone is named', async () => {
    const { link } = await share(owner, sourceOf('open', 3), { who: ['everyone'] })
    expect(parseLink(link).secret).toBeUndefined()
    await get(stranger, link, peers.path('stranger'))
    expect(treeOf(peers.path('stranger', 'open'))).toEqual(treeOf(peers.path('src', 'open')))
  })

  it('the peers that are named', async () => {
    const { link } = await share(owner, sourceOf('named', 5), { who: [`peer:${friend.peerId}`] })
    expect(await codeOf(get(stranger, link, peers.path('stranger')))).toBe('access.denied')
    await get(friend, link, peers.path('friend'))
    expect(treeOf(peers.path('friend', 'named'))).toEqual(treeOf(peers.path('src', 'named')))
  })

  it('a refused one can ask again once it is allowed', async () => {
    const path = sourceOf('later', 7)
    const { link } = await share(owner, path, { who: [`peer:${friend.peerId}`] })
    expect(await codeOf(get(stranger, link, peers.path('stranger')))).toBe('access.denied')
    const again = await share(owner, path, { who: [`peer:${friend.peerId}`, `peer:${stranger.peerId}`] })
    await get(stranger, again.link, peers.path('stranger'))
    expect(treeOf(peers.path('stranger', 'later'))).toEqual(treeOf(path))
  })
})

describe('a stranger', () => {
  it('is told the same of what it may not have and of what does not exist', async () => {
    const { link, infoHash } = await share(owner, sourceOf('hidden', 9))
    const real = without(link, 's')
    const digit = real['peerage:'.length] === 'a' ? 'b' : 'a'
    const madeUp = real.replace(/^(peerage:)./, `$1${digit}`)
    const tell = async (text: string): Promise<unknown> => {
      try {
        await get(stranger, text, peers.path('stranger'))
      } catch (error) {
        const { code, message, details } = error as { code: string; message: string; details: unknown }
        return { code, message, details }
      }
      return undefined
    }
    const answer = await tell(real)
    expect(answer).toMatchObject({ code: 'access.denied' })
    expect(await tell(madeUp)).toEqual(answer)
    const row = (await stranger.files.list()).find(one => one.infoHash === infoHash)
    expect(row).toMatchObject({ totalBytes: 0, files: 0, bytes: 0, state: 'finding' })
  })

  it('learns no addresses, and the owner counts no member', async () => {
    const { link, infoHash } = await share(owner, sourceOf('quiet', 11))
    await codeOf(get(stranger, without(link, 's'), peers.path('stranger')))
    expect(await owner.files.peers({ content: infoHash })).toEqual([])
  })
})

describe('members serve members while the owner is away', () => {
  it.each([['secret'], ['grant']])('who may is said by: %s', async how => {
    const home = `away-${how}`
    const away = await peers.start(home)
    const one = await peers.start(`one-${how}`)
    const two = await peers.start(`two-${how}`)
    const who = how === 'secret' ? undefined : [`peer:${one.peerId}`, `peer:${two.peerId}`]
    const { link } = await share(away, sourceOf(home, 13), who === undefined ? {} : { who })
    await get(one, link, peers.path('one'))
    // It only meets the owner, so that it has a grant to show.
    if (how === 'grant') {
      await getUntil(
        two,
        link,
        peers.path('two'),
        snapshot => snapshot.peers.length > 0 || snapshot.state === 'complete',
      )
    }
    await peers.stop(away)
    const passedOn = (await one.files.show({ content: home })).link
    const last = await get(two, passedOn, peers.path('two'))
    expect(last.state).toBe('complete')
    expect(treeOf(peers.path('two', home))).toEqual(treeOf(peers.path('src', home)))
    const noSecret = without(passedOn, 's')
    // Who has left cannot answer, and half a second is not enough for everybody on every machine: until it has heard a refusal.
    const outcome = (): Promise<string> =>
      codeOf(get(stranger, noSecret, peers.path('stranger'), { timeout: 0.5 }))
    await expect.poll(outcome).toBe('access.denied')
    await peers.stop(one)
    await peers.stop(two)
  })

  it('a member that was never with the owner is refused by one that holds a grant', async () => {
    const { link } = await share(owner, sourceOf('granted', 15), { who: [`peer:${friend.peerId}`] })
    await get(friend, link, peers.path('friend'))
    const fromFriend = (await friend.files.show({ content: 'granted' })).link
    const onlyFriend = fromFriend
      .split('&')
      .filter(part => !part.includes(owner.peerId) || part.startsWith('o='))
      .join('&')
    expect(await codeOf(get(stranger, onlyFriend, peers.path('stranger')))).toBe('access.denied')
  })
})

describe('what ends it', () => {
  it('unshare cuts off who is in the middle of it', async () => {
    const slow = await peers.start('slow', { 'files.uploadBytesPerSecond': 400_000 })
    const path = makeTree(peers.path('src', 'cutoff'), { x: bytesOf(20, 4_000_000) })
    const { link, infoHash } = await share(slow, path)
    await getUntil(friend, link, peers.path('friend'), snapshot => snapshot.bytes > 0)
    await slow.files.unshare({ content: infoHash })
    expect(await slow.files.list()).toEqual([])
    const left = async (): Promise<number> => (await friend.files.peers({ content: infoHash })).length
    await expect.poll(left, { timeout: 5000 }).toBe(0)
    // Whoever has a part and the link's secret could be found, and gives it on.
    await friend.files.remove({ content: infoHash })
    expect(await codeOf(get(stranger, link, peers.path('stranger')))).toBe('access.denied')
    expect(treeOf(path)).toBeDefined()
    await peers.stop(slow)
  })

  it('a share and its permission outlive a restart', async () => {
    const first = await peers.start('again')
    const path = sourceOf('restart', 21)
    const { link, infoHash } = await share(first, path)
    const { peerId } = first
    await peers.stop(first)
    const second = await peers.start('again')
    expect(second.peerId).toBe(peerId)
    expect(
      await codeOf(
        get(
          stranger,
          without((await second.files.show({ content: infoHash })).link, 's'),
          peers.path('stranger'),
        ),
      ),
    ).toBe('access.denied')
    const fresh = (await second.files.show({ content: infoHash })).link
    expect(parseLink(fresh).secret).toEqual(parseLink(link).secret)
    await get(friend, fresh, peers.path('friend'))
    expect(treeOf(peers.path('friend', 'restart'))).toEqual(treeOf(path))
    await peers.stop(second)
  })

  it('a second peer on the same home is refused by its daemon, and by the store', async () => {
    expect(await codeOf(createPeer({ home: peers.home('owner'), transports: 'memory' }))).toBe(
      'daemon.running',
    )
  })
})
