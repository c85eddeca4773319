import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeKnock,
  encodeRequest,
  isKnock,
  nonceOf,
} from './dial-back-frames.ts'

const nonce = new Uint8Array(32).fill(7)

export const fuzz: FuzzTarget = {
  name: 'dial-back',
  seeds: [encodeRequest({ nonce, port: 6881 }), encodeAnswer('reached'), encodeKnock(nonce)],
  run(input: Uint8Array): void {
    isKnock(input)
    nonceOf(input)
    for (const decode of [decodeRequest, decodeAnswer])
      try {
        decode(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
