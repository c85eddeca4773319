import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError } from '../base/index.ts'
import {
  type BitswapBlock,
  type BitswapMessage,
  BitswapReader,
  encodeBitswap,
  encodeRawBlocks,
} from './bitswap.ts'

/** The messages in `bytes`, as far as they are whole; read in chunks. */
function messages(bytes: Uint8Array, chunkBytes: number): BitswapMessage[] {
  const reader = new BitswapReader()
  const found: BitswapMessage[] = []
  let blocks: BitswapBlock[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes)
    for (const part of reader.push(bytes.subarray(at, at + chunkBytes))) {
      if ('block' in part) blocks.push(part.block)
      if (!('notes' in part)) continue
      // What is slow is writing them: of very many tiny ones some will do.
      if (found.length < 64) found.push({ ...part.notes, blocks })
      blocks = []
    }
  return found
}

/** What is decoded can be encoded and decoded again, to the same, whatever the chunks. */
function run(input: Uint8Array): void {
  try {
    const once = concat(messages(input, 509).flatMap(encodeBitswap))
    const twice = concat(messages(once, 64).flatMap(encodeBitswap))
    if (once.join() !== twice.join()) throw new Error('a message changes when it is passed on')
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

const cid = Uint8Array.from({ length: 36 }, (_, at) => at)
const wants = [
  { cid, priority: 7, cancel: false, type: 'have', sendDontHave: true },
  { cid, priority: 0, cancel: true, type: 'block', sendDontHave: false },
] as const
const blocks = [{ prefix: Uint8Array.of(1, 85, 18, 32), data: new Uint8Array(300) }]
const empty: BitswapMessage = { full: false, wants: [], blocks: [], presences: [], pendingBytes: 0 }

export const fuzz: FuzzTarget = {
  name: 'bitswap',
  seeds: [
    { ...empty, full: true, wants },
    { ...empty, blocks, pendingBytes: 5 },
    {
      ...empty,
      presences: [
        { cid, has: true },
        { cid, has: false },
      ],
      blocks,
    },
  ]
    .map(message => concat(encodeBitswap(message)))
    .concat(concat(encodeRawBlocks([new Uint8Array(20)]))),
  run,
}
