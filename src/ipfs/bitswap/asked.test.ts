import { expect, it } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import { type VerifiedBlock, verifyBlock } from '../../content/index.ts'
import type { BitswapMessage } from '../../wire/index.ts'
import { testBytes, testCid } from '../test-blocks.ts'
import { Asked } from './asked.ts'
import { prefixOf } from './block-name.ts'

const bytes = testBytes(1, 1_000)
const cid = testCid(bytes)
const { signal } = new AbortController()
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

function setUp() {
  const wanted: Uint8Array[] = []
  let unasked = 0
  const asked = new Asked({
    send: ({ wants = [] }: Partial<BitswapMessage>) => {
      for (const one of wants) if (!one.cancel) wanted.push(one.cid)
    },
    onUnasked: () => void unasked++,
    onHeld: () => undefined,
    maxBlockBytes: 10_000,
    memory: length => new Uint8Array(length),
  })
  /** The block comes, in memory of its own. */
  const comes = (): Promise<void> => {
    const data = asked.room(bytes.length, prefixOf(cid))!
    data.set(bytes)
    return asked.block({ prefix: prefixOf(cid), data })
  }
  return { asked, wanted, comes, unasked: () => unasked }
}

/** Whoever takes a block gives its memory back, and another one is written there. */
async function takeAndGiveBack(of: typeof cid, data: Uint8Array): Promise<VerifiedBlock> {
  const block = verifyBlock(of, data.slice())
  await turn()
  data.fill(0)
  await turn()
  return block
}

it('a block that somebody begins to want while it is being taken is asked for once more', async () => {
  const { asked, wanted, comes, unasked } = setUp()
  const first = asked.want(cid, takeAndGiveBack, signal)
  await turn()
  const taken = comes()
  const second = asked.want(cid, async (of, data) => verifyBlock(of, data), signal)
  await taken
  expect((await first)?.bytes).toEqual(bytes)
  await turn()
  expect(wanted).toEqual([cid.bytes, cid.bytes])
  await comes()
  expect((await second)?.bytes).toEqual(bytes)
  expect([asked.size, unasked()]).toEqual([0, 0])
})

it('who joins and gives up is forgotten, and the block taken back', async () => {
  const { asked, comes } = setUp()
  const first = asked.want(cid, takeAndGiveBack, signal)
  await turn()
  const taken = comes()
  const stop = new AbortController()
  const second = asked.want(cid, async (of, data) => verifyBlock(of, data), stop.signal)
  await taken
  await first
  stop.abort(new PeerageError('network.unreachable', 'enough'))
  await expect(second).rejects.toThrow('enough')
  expect(asked.size).toBe(0)
})

it('those who want the same get it each, also by one function', async () => {
  const { asked, wanted, comes } = setUp()
  const all = [1, 2, 3].map(() => asked.want(cid, takeAndGiveBack, signal))
  await turn()
  await comes()
  for (const one of await Promise.all(all)) expect(one?.bytes).toEqual(bytes)
  expect(wanted).toEqual([cid.bytes])
})

it('who gives up while it is being taken leaves it to those who joined', async () => {
  const { asked, comes } = setUp()
  const stop = new AbortController()
  const first = asked.want(cid, takeAndGiveBack, stop.signal)
  await turn()
  const taken = comes()
  const second = asked.want(cid, async (of, data) => verifyBlock(of, data), signal)
  stop.abort(new PeerageError('network.unreachable', 'enough'))
  await expect(first).rejects.toThrow('enough')
  await taken
  await turn()
  await comes()
  expect((await second)?.bytes).toEqual(bytes)
  expect(asked.size).toBe(0)
})

const refuse = async (): Promise<never> => {
  throw new PeerageError('block.mismatch', 'It is another one.')
}

it('what is said after a failure is all that is wanted, and what still comes of before is no offence', async () => {
  const sent: Partial<BitswapMessage>[] = []
  let unasked = 0
  const asked = new Asked({
    send: message => void sent.push(message),
    onUnasked: () => void unasked++,
    onHeld: () => {},
    maxBlockBytes: 1024,
    memory: length => new Uint8Array(length),
  })
  const cids = [1, 2, 3].map(number => testCid(testBytes(number, 10)))
  const want = async (at: number): Promise<unknown> => {
    const wanted = asked.want(cids[at]!, refuse, signal).catch(error => error)
    await Promise.resolve()
    return wanted
  }
  const first = [want(0), want(1)]
  await Promise.resolve()
  expect(sent.map(({ full, wants }) => [full, wants?.length])).toEqual([[true, 2]])
  const lost = new Error('lost')
  asked.fail(lost)
  expect(await Promise.all(first)).toEqual([lost, lost])

  void want(2)
  await Promise.resolve()
  expect(sent.slice(1).map(({ full, wants }) => [full, wants?.length])).toEqual([[true, 1]])
  // The peer had both of the others on their way.
  for (const at of [0, 1]) {
    const data = testBytes(at + 1, 10)
    asked.room(data.length, prefixOf(cids[at]!))
    await asked.block({ prefix: prefixOf(cids[at]!), data })
  }
  expect(unasked).toBe(0)
  const data = testBytes(9, 10)
  await asked.block({ prefix: prefixOf(cids[0]!), data })
  expect(unasked).toBe(1)
})
