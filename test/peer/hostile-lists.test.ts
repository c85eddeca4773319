import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concat, systemWorld } from '../../src/base/index.ts'
import { createNetwork, type Network, type PeerStream } from '../../src/network/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import {
  decodeSharesMessage,
  encodeSharePages,
  encodeSharesWord,
  type ListedShare,
  type SharesMessage,
  sharesFrameReader,
  sharesLimits,
} from '../../src/wire/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const protocol = '/peerage/shares/1'
const peers = new Peers()
let victim: Peer
let liar: Network
beforeAll(async () => {
  victim = await peers.start('victim', { 'files.listsPerMinute': 10 })
  liar = await createNetwork({
    identity: { seed: new Uint8Array(32).fill(77) },
    world: systemWorld,
    transports: 'memory',
  })
})
afterAll(async () => {
  await liar.stop()
  await peers.end()
})

function made(seed: number, changes: Partial<ListedShare> = {}): ListedShare {
  const infoHash = new Uint8Array(32).fill(seed)
  return { infoHash, name: `n${seed}`, bytes: 1, files: 1, sharedAt: 1, changedAt: 1, ...changes }
}

/** What the victim makes of a peer that answers its question like that. */
async function hear(answer: (stream: PeerStream) => void): Promise<readonly { name: string }[]> {
  liar.handle(protocol, stream => stream.onData(() => answer(stream)))
  try {
    return await victim.files.shares({ contact: liar.addresses()[0]! })
  } finally {
    liar.unhandle(protocol)
  }
}

const told = (shares: readonly ListedShare[]): Uint8Array => concat([...encodeSharePages(shares)])

describe('a peer that lists what it should not', () => {
  it('for ever: it is refused at the bound, with different ones or always the same', async () => {
    for (const isSame of [false, true]) {
      let pages = 0
      const answering = hear(stream => {
        const page = Array.from({ length: sharesLimits.pageShares }, (_, i) =>
          made(i, isSame ? {} : { infoHash: systemWorld.random.bytes(32) }),
        )
        const [first] = encodeSharePages([...page, ...page])
        const more = (): void => {
          for (; stream.send(first!.slice()); pages++) if (pages > 1000) return
          void stream.drained().then(more, () => undefined)
        }
        more()
      })
      expect(await codeOf(answering)).toBe('wire.limit')
    }
  })

  it('twice: it counts once', async () => {
    const rows = await hear(stream => stream.send(told([made(1), made(2), made(1, { name: 'other' })])))
    expect(rows.map(({ name }) => name)).toEqual(['n1', 'n2'])
  })

  it('with an owner that is nobody: that one is left out', async () => {
    const owner = '1'.repeat(40)
    const rows = await hear(stream => stream.send(told([made(1, { owner }), made(2)])))
    expect(rows.map(({ name }) => name)).toEqual(['n2'])
  })

  it.each<[string, () => Uint8Array, string]>([
    ['garbage', () => Uint8Array.of(0, 3, 9, 9, 9), 'bencode.invalid'],
    ['a frame that is too long', () => new Uint8Array(100).fill(255), 'wire.limit'],
    ['a question', () => encodeSharesWord('ask'), 'wire.invalid'],
    ['that it was asked too often', () => encodeSharesWord('busy'), 'network.limit'],
  ])('%s', async (_, bytes, code) => {
    expect(await codeOf(hear(stream => void stream.send(bytes())))).toBe(code)
  })

  it('nothing at all, and hangs up', async () => {
    expect(await codeOf(hear(stream => void stream.close()))).toBe('peer.protocol')
    expect(await codeOf(hear(stream => stream.abort(new Error('away'))))).toBe('peer.protocol')
  })

  it('two lists for one question: the second is taken for what it is', async () => {
    const rows = await hear(stream => void stream.send(concat([told([made(1)]), told([made(2)])])))
    expect(rows.map(({ name }) => name)).toEqual(['n1'])
  })

  it('a name that means mischief: it is told as it is, and makes no path', async () => {
    const name = '../../etc/\u202epasswd\u001b[31m'
    const [row] = await hear(stream => stream.send(told([made(1, { name })])))
    expect(row).toMatchObject({ name })
  })

  it('a hash of nothing: nothing arrives, and nothing is written', async () => {
    liar.handle(protocol, stream => stream.onData(() => void stream.send(told([made(9, { name: 'bait' })]))))
    const into = peers.path('victim')
    const fetching = get(victim, 'bait', into, { from: liar.addresses()[0]!, timeout: 0.3 })
    expect(await codeOf(fetching)).toBe('network.no-peers')
    const [row] = await victim.files.list()
    expect(row).toMatchObject({ name: 'bait', state: 'finding', totalBytes: 0 })
    await victim.files.remove({ content: 'bait' })
    liar.unhandle(protocol)
  })
})

describe('a peer that asks as it should not', () => {
  /** What the victim answers to these bytes, until `count` messages came or it hung up. */
  async function ask(bytes: Uint8Array, count: number): Promise<SharesMessage[] | 'hung up'> {
    const stream = await liar.open(victim.addresses()[0]!.split(' '), protocol)
    const reader = sharesFrameReader()
    const messages: SharesMessage[] = []
    const { promise, resolve } = Promise.withResolvers<SharesMessage[] | 'hung up'>()
    stream.onClose(() => resolve('hung up'))
    stream.onData(chunk => {
      for (const frame of reader.push(chunk)) messages.push(decodeSharesMessage(frame))
      if (messages.length >= count) resolve(messages)
    })
    stream.send(bytes)
    return await promise.finally(() => stream.abort(new Error('enough')))
  }

  it('something else, or twice at once: it is hung up on', async () => {
    expect(await ask(encodeSharesWord('changed'), 1)).toBe('hung up')
    expect(await ask(told([made(1)]), 1)).toBe('hung up')
    expect(await ask(Uint8Array.of(0, 3, 9, 9, 9), 1)).toBe('hung up')
    expect(await ask(concat([encodeSharesWord('ask'), encodeSharesWord('ask')]), 2)).toBe('hung up')
  })

  it('what is not for it: the same bytes as from a peer that shares nothing, no sooner', async () => {
    const nobody = { type: 'page', shares: [], isLast: true }
    const began = performance.now()
    expect(await ask(encodeSharesWord('ask'), 1)).toEqual([nobody])
    const before = performance.now() - began
    await share(victim, makeTree(peers.path('src', 'hidden'), { x: bytesOf(1, 10) }))
    expect(await ask(encodeSharesWord('ask'), 1)).toEqual([nobody])
    expect(before).toBeGreaterThan(240)
  })

  it('too often: it is told to wait, whatever there is', async () => {
    let busy = false
    for (let i = 0; i < 25 && !busy; i++) {
      const answer = await ask(encodeSharesWord('ask'), 1)
      busy = answer !== 'hung up' && answer[0]?.type === 'busy'
    }
    expect(busy).toBe(true)
  })
})
