import { setImmediate as turn } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { expect, onTestFinished, test } from 'vitest'
import { sha256 } from '../../../base/index.ts'
import {
  type BlockReader,
  DirectoryBuilder,
  FileBuilder,
  modernProfile,
  verifyBlock,
} from '../../../content/index.ts'
import { listTree } from './cid-tree.ts'

/** A sharded folder of files, each of which has a node of its own. */
function shardedFolder(): { root: CID; nodes: Map<string, Uint8Array>; files: Set<string> } {
  const nodes = new Map<string, Uint8Array>()
  const options = {
    profile: { ...modernProfile, leafBytes: 1 },
    emit: (cid: CID, bytes: Uint8Array) => void nodes.set(cid.toString(), bytes),
  }
  const folder = new DirectoryBuilder(options)
  const files = new Set<string>()
  for (let i = 0; i < 3_000; i++) {
    const file = new FileBuilder(options)
    for (const leaf of [i & 255, i >> 8]) file.add(sha256(Uint8Array.of(leaf)), 1)
    const child = file.finish()
    files.add(child.cid.toString())
    folder.add(`${i}`.padEnd(100, '-'), child)
  }
  return { root: folder.finish().cid, nodes, files }
}

test('a folder that is given up half way leaves no failure behind that nobody hears of', async () => {
  const unheard: unknown[] = []
  const note = (error: unknown): void => void unheard.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const { root, nodes, files } = shardedFolder()
  const stop = new AbortController()
  let shards = 0
  const blocks: BlockReader = {
    async get(cid) {
      const key = cid.toString()
      // Files never come; all is stopped while the second of the nodes below the root is waited for.
      const isFile = files.has(key)
      if (!isFile) shards++
      if (shards === 4) stop.abort(new Error('enough'))
      while (isFile && !stop.signal.aborted) await turn()
      await turn()
      stop.signal.throwIfAborted()
      return verifyBlock(cid, nodes.get(key)!)
    },
  }
  await expect(listTree(blocks, root, 'folder', { signal: stop.signal })).rejects.toThrow('enough')
  for (let i = 0; i < 5; i++) await turn()
  expect(unheard).toEqual([])
})
