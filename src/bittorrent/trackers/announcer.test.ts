import { expect, test } from 'vitest'
import { PeerageError, toHex, VirtualWorld } from '../../base/index.ts'
import type { AnnounceReply, ScrapeReply } from '../../wire/index.ts'
import { type AnnouncedContent, Announcer } from './announcer.ts'
import { trackersConfig } from './config.ts'
import { Scrapes } from './scrapes.ts'

const config = trackersConfig.parse({})
const v1 = new Uint8Array(20).fill(1)
const v2 = new Uint8Array(20).fill(2)
const ok: AnnounceReply = { interval: 1800, peers: [] }

/** What trackers were told: `minute url name event`. */
class Scene {
  readonly world: VirtualWorld = new VirtualWorld(1)
  readonly told: string[] = []
  left: number | undefined = 100
  names: Uint8Array[] = [v1]
  /** What each tracker answers; the usual when it is not named. */
  readonly answers: Record<string, () => Promise<AnnounceReply> | AnnounceReply> = {}
  #announcer: Announcer | undefined

  announcer(tiers: string[][], options: { allTiers?: boolean; scrapes?: Scrapes } = {}): Announcer {
    const scene = this
    const content: AnnouncedContent = {
      get names() {
        return scene.names
      },
      tiers,
      progress: () => ({ uploaded: 0, downloaded: 0, left: scene.left }),
      onPeers: () => undefined,
    }
    this.#announcer = new Announcer({
      world: this.world,
      config: { ...config, allTiers: options.allTiers ?? false },
      content,
      ...(options.scrapes && { scrapes: options.scrapes }),
      ask: async (url, { infoHash, event = '-', wanted }) => {
        const minute = Math.floor(this.world.now() / 60_000)
        this.told.push(`${minute} ${url} ${infoHash[0]} ${event} ${wanted}`)
        return (await this.answers[url]?.()) ?? ok
      },
    })
    return this.#announcer
  }

  async pass(minutes: number): Promise<void> {
    for (let second = 0; second < minutes * 60; second++) {
      this.world.advance(1000)
      for (let i = 0; i < 12; i++) await Promise.resolve()
    }
  }
}

const down = (): never => {
  throw new PeerageError('network.unreachable', 'down')
}

test('started, completed and stopped are told once each', async () => {
  const scene = new Scene()
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(70)
  scene.left = 0
  announcer.completed()
  await scene.pass(70)
  announcer.completed()
  await scene.pass(1)
  await announcer.stop()
  await announcer.stop()
  const events = scene.told.map(line => line.split(' ')[3])
  expect(events.filter(event => event !== '-')).toEqual(['started', 'completed', 'stopped'])
  expect(events.length).toBeGreaterThan(6)
})

test('who was complete when it started has never completed', async () => {
  const scene = new Scene()
  scene.left = 0
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(40)
  expect(scene.told).toEqual(['0 udp://a 1 started 80', expect.stringMatching(/^3\d udp:\/\/a 1 - 80$/)])
  announcer.completed()
  await scene.pass(1)
  await announcer.stop()
  expect(scene.told.join()).not.toContain('completed')
})

test('completed is told at once, also when it happened while the tracker was asked', async () => {
  const scene = new Scene()
  const answer = Promise.withResolvers<AnnounceReply>()
  scene.answers['udp://a'] = () => answer.promise
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(0.1)
  scene.left = 0
  announcer.completed()
  await scene.pass(0.1)
  answer.resolve(ok)
  await scene.pass(0.1)
  expect(scene.told).toEqual(['0 udp://a 1 started 80', '0 udp://a 1 completed 80'])
})

test('both names of a hybrid are told, and one that is refused does not spoil the other', async () => {
  const scene = new Scene()
  scene.names = [v1, v2]
  let asked = 0
  scene.answers['udp://a'] = () => {
    if (asked++ % 2 === 1) throw new PeerageError('peer.protocol', 'The tracker refuses: v2')
    return ok
  }
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(1)
  expect(announcer.status()).toMatchObject([{ state: 'ok' }])
  await announcer.stop()
  expect(scene.told.map(line => line.slice(2))).toEqual([
    'udp://a 1 started 80',
    'udp://a 2 started 80',
    'udp://a 1 stopped 80',
  ])
})

test('who is found is known by the name that the tracker was asked for', async () => {
  const scene = new Scene()
  scene.names = [v1, v2]
  const found: number[] = []
  const announcer = new Announcer({
    world: scene.world,
    config,
    content: {
      names: [v1, v2],
      tiers: [['udp://a']],
      progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
      onPeers: ([peer], name) => found.push(peer!.port, name[0]!),
    },
    ask: async (_url, { infoHash }, _signal, give) => {
      give([{ address: '203.0.113.1', port: 1000 + infoHash[0]! }])
      return ok
    },
  })
  await scene.pass(1)
  expect(found).toEqual([1001, 1, 1002, 2])
  await announcer.stop()
})

test('the second name of a hybrid is told as soon as it is known', async () => {
  const scene = new Scene()
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(1)
  scene.names = [v1, v2]
  announcer.setTiers([['udp://a']])
  await scene.pass(1)
  expect(scene.told.map(line => line.split(' ').slice(2, 4).join(' '))).toEqual([
    '1 started',
    '1 -',
    '2 started',
  ])
})

test('the next tier only when all of the first have failed; who works comes first (BEP 12)', async () => {
  const scene = new Scene()
  scene.answers['udp://a'] = down
  scene.answers['udp://b'] = down
  const announcer = scene.announcer([['udp://a', 'udp://b'], ['udp://c'], ['udp://d']])
  await scene.pass(1)
  expect(new Set(scene.told.map(line => line.split(' ')[1]))).toEqual(
    new Set(['udp://a', 'udp://b', 'udp://c']),
  )
  delete scene.answers['udp://b']
  await scene.pass(120)
  const since = scene.told.length
  await scene.pass(100)
  // The tier that works again is the only one that is used, and in it the one that works.
  expect(new Set(scene.told.slice(since).map(line => line.split(' ')[1]))).toEqual(new Set(['udp://b']))
  await announcer.stop()
  expect(scene.told.filter(line => line.includes('stopped')).map(line => line.split(' ')[1])).toEqual([
    'udp://b',
    'udp://c',
  ])
})

test('with allTiers one tracker of every tier', async () => {
  const scene = new Scene()
  scene.announcer([['udp://a', 'udp://b'], ['udp://c']], { allTiers: true })
  await scene.pass(1)
  expect(scene.told).toHaveLength(2)
})

test('the order within a tier is shuffled', async () => {
  const first = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const scene = new Scene()
    for (let j = 0; j < i; j++) scene.world.random.fraction()
    scene.announcer([['udp://a', 'udp://b', 'udp://c']])
    await scene.pass(0.1)
    first.add(scene.told[0]!.split(' ')[1]!)
  }
  expect(first.size).toBe(3)
})

test.each([
  ['0', { ...ok, interval: 0 }, 60_000],
  ['10^12', { ...ok, interval: 1e12 }, 7_200_000],
  ['a minimum above the interval', { ...ok, interval: 60, minInterval: 600 }, 600_000],
])('an interval of %s is bounded', async (_, reply, expected) => {
  const scene = new Scene()
  scene.answers['udp://a'] = () => reply
  scene.announcer([['udp://a']])
  await scene.pass(expected / 60_000 - 0.1)
  expect(scene.told).toHaveLength(1)
  await scene.pass(expected / 600_000 + 0.2)
  expect(scene.told).toHaveLength(2)
})

test('in a hurry it is asked as soon as it allows', async () => {
  const scene = new Scene()
  scene.answers['udp://a'] = () => ({ ...ok, minInterval: 300 })
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(1)
  announcer.hurry()
  await scene.pass(3.5)
  expect(scene.told).toHaveLength(1)
  await scene.pass(1)
  expect(scene.told).toHaveLength(2)
  scene.answers['udp://a'] = down
  await scene.pass(35)
  const before = scene.told.length
  announcer.hurry()
  await scene.pass(0.1)
  expect(scene.told).toHaveLength(before + 1)
})

test('failing: the pause doubles up to its bound', async () => {
  const scene = new Scene()
  scene.answers['udp://a'] = down
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(24 * 60)
  expect(scene.told.length).toBeGreaterThan(20)
  expect(scene.told.length).toBeLessThan(50)
  expect(announcer.status()).toMatchObject([{ state: 'failed', message: 'down' }])
})

test('a refusal says when to come again, or never (BEP 31)', async () => {
  const scene = new Scene()
  let retryMinutes = 200
  scene.answers['udp://a'] = () => {
    throw new PeerageError('peer.protocol', 'full', { details: { retryMinutes } })
  }
  scene.announcer([['udp://a']])
  await scene.pass(199)
  expect(scene.told).toHaveLength(1)
  retryMinutes = Number.POSITIVE_INFINITY
  await scene.pass(2)
  expect(scene.told).toHaveLength(2)
  await scene.pass(24 * 60)
  expect(scene.told).toHaveLength(2)
})

test('a tracker that hangs does not hold up the end', async () => {
  const scene = new Scene()
  const announcer = scene.announcer([['udp://a']])
  await scene.pass(0.1)
  let ended = false
  const hanging = new Announcer({
    world: scene.world,
    config,
    content: {
      names: [v1],
      tiers: [['udp://h']],
      progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
      onPeers: () => undefined,
    },
    ask: (_url, { event }, signal) =>
      event === 'started'
        ? Promise.resolve(ok)
        : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  await scene.pass(0.1)
  void hanging.stop().then(() => {
    ended = true
  })
  await scene.pass(config.stopTimeoutMs / 60_000 + 0.02)
  expect(ended).toBe(true)
  await announcer.stop()
})

test('all contents of a tracker are scraped together, and seldom', async () => {
  const scene = new Scene()
  const asked: number[] = []
  const scrapes = new Scrapes({
    world: scene.world,
    config,
    ask: async (_url, names): Promise<ScrapeReply> => {
      asked.push(names.length)
      return {
        counts: new Map(names.map(name => [toHex(name), { seeds: 3, leeches: 4, completed: 5 }])),
      }
    },
  })
  const contents = Array.from({ length: 100 }, (_, i) => {
    const name = new Uint8Array(20).fill(i)
    const counts: unknown[] = []
    return { counts, end: scrapes.add('http://t/announce', name, one => counts.push(one)) }
  })
  await scene.pass(61)
  expect(asked).toEqual([100, 100])
  expect(contents[7]!.counts[0]).toEqual({ seeds: 3, leeches: 4, completed: 5 })
  for (const { end } of contents) end()
  await scene.pass(61)
  expect(asked).toHaveLength(2)
})

test('what cannot be scraped is not tried for long', async () => {
  const scene = new Scene()
  let asked = 0
  const ask = async (): Promise<never> => {
    asked++
    return down()
  }
  const scrapes = new Scrapes({ world: scene.world, config, ask })
  scrapes.add('http://t/no-such', v1, () => undefined)
  await scene.pass(60)
  expect(asked).toBe(0)
  scrapes.add('http://t/announce', v1, () => undefined)
  await scene.pass(300)
  expect(asked).toBe(3)
})

test('the numbers of announces and scrapes are shown, the larger of both names', async () => {
  const scene = new Scene()
  scene.names = [v1, v2]
  let seeds = 1
  scene.answers['udp://a'] = () => ({ ...ok, seeds: seeds++, leeches: 9, warning: 'slow' })
  const scrapes = new Scrapes({
    world: scene.world,
    config,
    ask: async () => ({ counts: new Map([[toHex(v2), { seeds: 7, leeches: 8, completed: 6 }]]) }),
  })
  const announcer = scene.announcer([['udp://a']], { scrapes })
  await scene.pass(1)
  expect(announcer.status()).toEqual([
    {
      name: 'udp://a',
      kind: 'tracker',
      state: 'ok',
      peers: 0,
      message: 'slow',
      seeds: 7,
      leeches: 9,
      completed: 6,
    },
  ])
})
