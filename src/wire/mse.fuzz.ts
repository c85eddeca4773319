import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError, seededRandom } from '../base/index.ts'
import { MseConversation, type MseScript, mseDial, mseListen } from './mse.ts'

const name = new Uint8Array(20).fill(9)
const say = new Uint8Array(68).fill(1)
const dial = (): MseScript => mseDial({ random: seededRandom(1), name, offer: ['plain', 'rc4'], say })
const listen = (): MseScript =>
  mseListen({ random: seededRandom(2), find: () => name, take: ['rc4', 'plain'] })

/** What each side says to the other when all goes well. */
function said(): readonly [Uint8Array, Uint8Array] {
  let toDialler: Uint8Array = new Uint8Array(0)
  let toListener: Uint8Array = new Uint8Array(0)
  const a = new MseConversation(dial(), bytes => {
    toListener = concat([toListener, bytes])
  })
  const b = new MseConversation(listen(), bytes => {
    toDialler = concat([toDialler, bytes])
  })
  for (let turn = 0; turn < 4; turn++) {
    a.read(toDialler)
    b.read(toListener)
  }
  return [toDialler, toListener]
}

/** One side, with fixed keys, against whatever comes, in two pieces. */
export const fuzz: FuzzTarget = {
  name: 'mse',
  seeds: said(),
  run(input: Uint8Array): void {
    for (const script of [dial, listen])
      try {
        const conversation = new MseConversation(script(), () => undefined)
        if (conversation.read(input.subarray(0, input.length >> 1)) === undefined) conversation.read(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
