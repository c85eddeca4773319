import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { Roster } from './roster.ts'
import {
  isFoundation,
  openRosterStatement,
  type RosterStatement,
  signFoundation,
  signLeave,
  signRosterChange,
} from './roster-statement.ts'
import { type Identity, identityFromSeed } from './signing.ts'

const [ann, bob, cid] = [1, 2, 3].map(byte => identityFromSeed(new Uint8Array(32).fill(byte))) as [
  Identity,
  Identity,
  Identity,
]
const foundation = signFoundation(
  ann,
  { changes: new Map([[bob.peerId, 'admin']]), name: 'choir', issued: 1 },
  new Uint8Array(16).fill(4),
)
const { id } = openRosterStatement(foundation)
const added = signRosterChange(bob, id, [id], { changes: new Map([[cid.peerId, 'guest']]), issued: 2 })
const seeds: readonly Uint8Array[] = [
  foundation,
  added,
  signRosterChange(ann, id, [id], {
    changes: new Map([[bob.peerId, 'removed']]),
    name: 'choir 2',
    issued: 3,
  }),
  signLeave(cid, id, openRosterStatement(added).id),
]

/** Whatever the bytes, a statement is refused with one code or is one that its signer signed; and a roster takes or refuses it. */
export const fuzz: FuzzTarget = {
  name: 'roster',
  seeds,
  run(input) {
    const roster = new Roster(openRosterStatement(foundation, true))
    roster.insert(openRosterStatement(added, true))
    // Also as if the signature had been right, so that what stands behind it is reached.
    for (const verified of [true, false])
      try {
        const statement = openRosterStatement(input, verified)
        if (!verified && isKnownSigner(statement) && !seeds.some(seed => equalBytes(seed, input)))
          throw new Error('a forged statement was believed')
        if (isFoundation(statement)) new Roster(statement)
        roster.insert(statement)
        if (roster.members.size > 3 + statement.changes.size) throw new Error('more members than named')
      } catch (error) {
        const refused = error instanceof PeerageError && error.code === 'statement.invalid'
        if (!refused) throw error
      }
  },
}

function isKnownSigner({ signer }: RosterStatement): boolean {
  return [ann, bob, cid].some(({ peerId }) => peerId === signer)
}
