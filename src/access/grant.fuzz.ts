import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { type Grant, grantFault, issueGrant, openGrant } from './grant.ts'
import { identityFromSeed } from './signing.ts'

const owner = identityFromSeed(new Uint8Array(32).fill(1))
const subject = identityFromSeed(new Uint8Array(32).fill(2)).peerId
const resource = `content:${'ab'.repeat(32)}`
const seeds: readonly Uint8Array[] = [
  issueGrant(owner, { subject, resource, actions: ['read'], issued: 1, expires: 2 }),
  issueGrant(owner, {
    subject,
    resource,
    actions: ['list', 'read', 'serve', 'use', 'write'],
    issued: 0,
    expires: 1e10,
  }),
  issueGrant(owner, { subject, resource: 'api:files', actions: ['use'], issued: 1.7e12, expires: 1.72e12 }),
]

/** Whatever the bytes, a grant is either refused with its code or is one that the owner signed, bit by bit. */
export const fuzz: FuzzTarget = {
  name: 'grant',
  seeds,
  run(input) {
    let grant: Grant
    try {
      grant = openGrant(input)
    } catch (error) {
      if (error instanceof PeerageError && error.code === 'grant.invalid') return
      throw error
    }
    grantFault(grant, subject, resource, 1)
    if (grant.owner === owner.peerId && !seeds.some(seed => equalBytes(seed, input)))
      throw new Error('a forged grant was believed')
  },
}
