/**
 * A peer that is meant to be killed. `tree`: writes a tree leaf by leaf, and says `saved N` when N bytes of it are durable, `completed HASH` at the
 * end. `cache`: puts DAGs of a few blocks into a small cache, pins every third and says `pinned CID`, and collects all the time.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { systemWorld } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'
import { encodeDagPb } from '../../src/wire/index.ts'
import { leafBytes, treeOptions, treeSources } from './blocks-tree.ts'
import { bytesOf } from './copy-content.ts'

const [what, home, into] = process.argv.slice(2) as [string, string, string]
const config = { checkpointMs: 60, cacheBytes: 600_000, syncOneByOne: 1000 }
const store = await openStore({ home, world: systemWorld, config })

function say(line: string): void {
  fs.writeSync(1, `${line}\n`)
}

function cidOf(bytes: Uint8Array, codec: number): CID {
  return CID.createV1(codec, Digest.create(0x12, createHash('sha256').update(bytes).digest()))
}

async function tree(): Promise<void> {
  const writer = await store.openTree(treeOptions(into))
  say('started')
  let given = 0
  for (const [file, { path, size }] of writer.files.entries()) {
    const bytes = treeSources.get(path.join('/'))!
    for (let offset = 0; offset < size; offset += leafBytes) {
      const leaf = bytes.subarray(offset, offset + leafBytes)
      if (writer.has(file, offset, leaf.length)) continue
      await writer.leaf(cidOf(leaf, 0x55), leaf, [{ file, offset }])
      if (++given % 7 !== 0) continue
      await writer.checkpoint()
      say(`saved ${writer.bytes}`)
    }
  }
  const { hash } = await writer.finish()
  say(`completed ${hash}`)
}

async function cache(): Promise<void> {
  say('started')
  const begun = store.blocks.pins().length
  for (let i = begun * 3; ; i++) {
    // Short ones share a file, long ones have one each.
    const leaves = [5000, 5000, 20_000].map((bytes, k) => bytesOf(i * 3 + k + 1, bytes))
    const cids = await Promise.all(
      leaves.map(async leaf => (await store.blocks.put(cidOf(leaf, 0x55), leaf)).cid),
    )
    const links = cids.map((cid, k) => ({ hash: cid.bytes, name: `${k}`, size: leaves[k]!.length }))
    const node = encodeDagPb({ links, data: new Uint8Array(0) })
    const { cid } = await store.blocks.put(cidOf(node, 0x70), node)
    if (i % 3 === 0) {
      // Once pins fill the cache, what is not held yet may be gone again.
      const all = new Map([[String(cid), node], ...cids.map((one, k) => [String(one), leaves[k]!] as const)])
      const obtain = (one: CID): Promise<unknown> => store.blocks.put(one, all.get(String(one))!)
      await store.blocks.pin(cid, { obtain })
      say(`pinned ${cid}`)
    }
    if (i % 5 === 0) await store.blocks.collect({ all: i % 2 === 0 })
  }
}

await (what === 'tree' ? tree() : cache())
await store.close()
