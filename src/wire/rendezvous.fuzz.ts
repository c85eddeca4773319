import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { decodeRendezvous, encodeRendezvous, rendezvousLimits } from './rendezvous.ts'

const registration = { namespace: 'x', record: new Uint8Array(120).fill(3), ttl: 7_200 }

/** A message is read within its bounds or refused; what was read is written and read again as the same. */
export const fuzz: FuzzTarget = {
  name: 'rendezvous',
  seeds: [
    encodeRendezvous({ type: 'register', ...registration }),
    encodeRendezvous({ type: 'registered', status: 0, ttl: 7_200 }),
    encodeRendezvous({ type: 'unregister', namespace: 'x' }),
    encodeRendezvous({ type: 'discover', namespace: 'x', limit: 10, cookie: new Uint8Array(8) }),
    encodeRendezvous({
      type: 'discovered',
      status: 0,
      registrations: [registration, registration],
      cookie: new Uint8Array(8),
    }),
  ],
  run(input) {
    try {
      const message = decodeRendezvous(input)
      if (message.type === 'discovered' && message.registrations.length > rendezvousLimits.registrations)
        throw new Error('too many registrations')
      const written = encodeRendezvous(message)
      if (!equalBytes(encodeRendezvous(decodeRendezvous(written)), written)) throw new Error('it changed')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
