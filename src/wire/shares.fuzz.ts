import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError } from '../base/index.ts'
import {
  decodeSharesMessage,
  encodeSharePages,
  encodeSharesWord,
  type ListedShare,
  sharesFrameReader,
} from './shares.ts'

const share: ListedShare = {
  infoHash: new Uint8Array(32).fill(9),
  name: 'Summer ☀',
  bytes: 1_000_000,
  files: 12,
  sharedAt: 1_700_000_000_000,
  changedAt: 1_700_000_100_000,
  owner: '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq',
}
const { owner: _, ...open } = share

/** Whatever was understood can be told to others. */
function run(input: Uint8Array): void {
  const reader = sharesFrameReader()
  const chunkBytes = 1 + (input.length % 37)
  try {
    for (let at = 0; at < input.length; at += chunkBytes)
      for (const frame of reader.push(input.subarray(at, at + chunkBytes))) {
        const message = decodeSharesMessage(frame)
        if (message.type === 'page') Array.from(encodeSharePages(message.shares))
        else encodeSharesWord(message.type)
      }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'shares',
  seeds: [
    encodeSharesWord('ask'),
    concat([...encodeSharePages([]), encodeSharesWord('changed')]),
    concat([...encodeSharePages([share, open])]),
    concat([...encodeSharePages(Array(130).fill(share))]),
  ],
  run,
}
