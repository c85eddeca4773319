import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError, utf8 } from '../base/index.ts'
import { decode, decodeAround } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { dictionary } from './bencoded.ts'

const file = new Map([['', dictionary({ length: 16385, 'pieces root': new Uint8Array(32).fill(1) })]])
const info = dictionary({
  'file tree': new Map([['a', file]]),
  'meta version': 2,
  name: 'n',
  'piece length': 16384,
})

function run(input: Uint8Array): void {
  try {
    // What strict decoding accepts has one encoding only; BEP 52, "infohash" relies on it.
    if (!equalBytes(encode(decode(input)), input)) throw new Error('decoding is not canonical')
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
  try {
    decodeAround(input, 'info', { lenient: true })
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'bencode',
  seeds: [
    encode(info),
    encode(dictionary({ announce: 'http://x', info, 'piece layers': dictionary({}) })),
    utf8('d1:ai-1e1:bl0:3:abci0ee1:ci123456789012345678901234567890ee'),
    utf8('lllleeee'),
  ],
  run,
}
