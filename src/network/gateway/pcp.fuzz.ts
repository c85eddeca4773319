import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import { decodePcpAnswer, encodePcpAnnounce, encodePcpMap, pcpProblem } from './pcp.ts'

/** The answer that a router would give to a request: the same with the bit set. */
function answered(request: Uint8Array): Uint8Array {
  const answer = request.slice()
  answer[1]! |= 0x80
  answer.fill(0, 8, 24)
  return answer
}

const map = encodePcpMap({
  nonce: new Uint8Array(12).fill(7),
  protocol: 'tcp',
  client: '192.168.1.7',
  internalPort: 4001,
  externalPort: 4001,
  lifetimeSeconds: 3600,
})

export const fuzz: FuzzTarget = {
  name: 'network/pcp',
  seeds: [answered(map), answered(encodePcpAnnounce('192.168.1.7')), Uint8Array.of(0, 128, 0, 1, 0, 0, 0, 9)],
  run(input) {
    try {
      const answer = decodePcpAnswer(input)
      if (answer.kind === 'other') return
      if (pcpProblem(answer.result).length > 200) throw new Error('too much to say')
      if (answer.kind === 'map' && answer.nonce.length !== 12) throw new Error('a nonce of another length')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
