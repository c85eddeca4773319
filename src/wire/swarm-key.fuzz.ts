import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, equalBytes, PeerageError, utf8 } from '../base/index.ts'
import { decodeSwarmKey, encodeSwarmKey, swarmKeyBytes } from './swarm-key.ts'

const key = Uint8Array.from({ length: swarmKeyBytes }, (_, at) => at)

export const fuzz: FuzzTarget = {
  name: 'swarm-key',
  seeds: [
    encodeSwarmKey(key),
    utf8(`/key/swarm/psk/1.0.0/\n/base64/\n${Buffer.from(key).toString('base64')}\n`),
    concat([utf8('/key/swarm/psk/1.0.0/\r\n/bin/\n'), key]),
  ],
  run(input) {
    try {
      const read = decodeSwarmKey(input)
      if (!equalBytes(decodeSwarmKey(encodeSwarmKey(read)), read)) throw new Error('it became another')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
