import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { cidOfSha256, codecs, type VerifiedBlock, verifyBlock } from '../../../content/index.ts'
import { encodeDagPb, encodeUnixFs } from '../../../wire/index.ts'
import { LeafWalk } from './leaf-walk.ts'
import { Window } from './window.ts'

const blocks = new Map<string, Uint8Array>()

function put(codec: number, bytes: Uint8Array): CID {
  const cid = cidOfSha256(hash('sha256', bytes, 'buffer'), codec, 1)
  blocks.set(cid.toString(), bytes)
  return cid
}

const leaf = put(codecs.raw, Uint8Array.of(1))

/** So many nodes in one another; each has the one below it `again` times, and then leaves of one byte. */
function tree(depth: number, again: number, leaves: number): { readonly cid: CID; readonly size: number } {
  let [cid, size] = [leaf, 1]
  for (let level = 0; level < depth; level++) {
    const sizes = [...new Array<number>(again).fill(size), ...new Array<number>(leaves).fill(1)]
    const links = sizes.map((_, i) => ({ hash: i < again ? cid.bytes : leaf.bytes }))
    size = again * size + leaves
    cid = put(
      codecs.dagPb,
      encodeDagPb({ links, data: encodeUnixFs({ type: 'file', fileSize: size, blockSizes: sizes }) }),
    )
  }
  return { cid, size }
}

/** Fetches until so many leaves have come; answers how many nodes had been looked at when the first did. */
async function walked({ cid, size }: { cid: CID; size: number }, until: number): Promise<number> {
  const stop = new AbortController()
  const enough = new Error('enough')
  let [nodes, leaves, before] = [0, 0, 0]
  const walk = new LeafWalk({
    session: {
      async get(wanted, { sink } = {}) {
        await new Promise(resolve => setImmediate(resolve))
        return await sink!(wanted, blocks.get(wanted.toString())!, true)
      },
    },
    writer: {
      has: () => false,
      verify: async (wanted, bytes) => verifyBlock(wanted, bytes),
      node: () => void nodes++,
      leafIn: async () => undefined,
      async leaf(wanted, bytes) {
        if (leaves++ === 0) before = nodes
        if (leaves === until) stop.abort(enough)
        return { cid: wanted, bytes } as VerifiedBlock
      },
    },
    window: new Window(64),
    signal: stop.signal,
    onBytes: () => undefined,
    onPrivate: () => undefined,
  })
  const failure = await walk.fetch(cid, { file: 0, offset: 0, length: size }).catch((error: unknown) => error)
  if (failure !== enough) throw failure
  return before
}

test('a file of 256 MiB out of one byte begins to come before all of its tree is in memory', async () => {
  expect(await walked(tree(28, 2, 0), 200)).toBeLessThan(2_000)
})

test('nodes that are wide and in one another are refused', async () => {
  await expect(walked(tree(4, 4_000, 61_000), 1_000_000)).rejects.toMatchObject({ code: 'dag.limit' })
})
