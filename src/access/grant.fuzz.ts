import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { chainOf, type Grant, issueGrant, openGrant } from './grant.ts'
import { grantFault } from './grant-fault.ts'
import { identityFromSeed } from './signing.ts'
import { noStanding } from './standing.ts'

const [owner, holder, guest] = [1, 2, 3].map(seed => identityFromSeed(new Uint8Array(32).fill(seed))) as [
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
]
const subject = holder.peerId
const resource = `content:${'ab'.repeat(32)}`
const times = { issued: 1, expires: 1e10 }
const limits = { hours: '08:00-18:00', bytes: 1e9, bytesPerSecond: 1e6, uses: 3, lanOnly: true }
const delegable = issueGrant(owner, { subject, resource, actions: ['read'], ...times, limits, delegate: 2 })
const seeds: readonly Uint8Array[] = [
  issueGrant(owner, { subject, resource, actions: ['read'], issued: 1, expires: 2 }),
  issueGrant(owner, {
    subject: `circle:${'cd'.repeat(32)}/member`,
    resource,
    actions: ['list', 'read', 'serve', 'use', 'write'],
    from: 5,
    ...times,
  }),
  issueGrant(owner, { subject, resource: 'api:files', actions: ['use'], issued: 1.7e12, expires: 1.72e12 }),
  delegable,
  issueGrant(
    holder,
    { subject: guest.peerId, resource, actions: ['read'], ...times, limits: { ...limits, bytes: 5 } },
    delegable,
  ),
]

/** Whatever the bytes, a grant is either refused with its code or is one that its issuers signed, bit by bit. */
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
    grantFault(grant, subject, resource, 1, noStanding)
    const signers = [owner.peerId, holder.peerId]
    if (
      chainOf(grant).some(({ issuer }) => signers.includes(issuer)) &&
      !seeds.some(seed => equalBytes(seed, input))
    )
      throw new Error('a forged grant was believed')
  },
}
