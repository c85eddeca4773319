import type { RunningService } from '../../base/index.ts'
import type { IdentityHost } from './host.ts'
import { identityOperations } from './operations.ts'

export type { AddedDevice, DevicesView } from './devices.ts'
export type { IdentityEvent, IdentityHost } from './host.ts'
export { identityOperations } from './operations.ts'
export type { IdentityView } from './show.ts'

/** The identity service: who this peer is to others, and which keys act for its user. */
export function startIdentity(host: IdentityHost): RunningService {
  const { people, identity, emit } = host
  const end = people.onChanged(person => {
    if (person === people.personOf(identity.peerId)) emit({ type: 'devices.changed' })
  })
  return { name: 'identity', operations: identityOperations, state: host, stop: async () => end() }
}
