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
