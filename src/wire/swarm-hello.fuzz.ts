import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError } from '../base/index.ts'
import {
  decodeSwarmAnswer,
  decodeSwarmHello,
  encodeSwarmAnswer,
  encodeSwarmHello,
  swarmFrameReader,
  swarmHelloLimits,
} from './swarm-hello.ts'

const digest = new Uint8Array(32).fill(6)

function run(input: Uint8Array): void {
  const reader = swarmFrameReader()
  const chunkBytes = 1 + (input.length % 37)
  try {
    for (let at = 0; at < input.length; at += chunkBytes) {
      const { frame } = reader.push(input.subarray(at, at + chunkBytes))
      if (frame === undefined) continue
      if (frame.length > swarmHelloLimits.frameBytes) throw new Error('a frame is too long')
      decodeEither(frame)
      return
    }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

/** Encoding throws a TypeError for what goes beyond the bounds: that would be a defect. */
function decodeEither(frame: Uint8Array): void {
  try {
    encodeSwarmHello(decodeSwarmHello(frame))
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    encodeSwarmAnswer(decodeSwarmAnswer(frame))
  }
}

export const fuzz: FuzzTarget = {
  name: 'swarm-hello',
  seeds: [
    encodeSwarmHello({ infoHash: digest }),
    encodeSwarmHello({ infoHash: digest, proof: digest, grants: [new Uint8Array(200), digest] }),
    encodeSwarmAnswer({ ok: true, proof: digest, grant: new Uint8Array(200) }),
    concat([encodeSwarmAnswer({ ok: false }), digest]),
  ],
  run,
}
