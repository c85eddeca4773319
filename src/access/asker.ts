import { fromHex, PeerageError } from '../base/index.ts'
import { swarmHelloLimits } from '../wire/index.ts'
import type { Asker } from './decide.ts'
import type { Grant } from './grant.ts'
import { grantFault, isSamePerson } from './grant-fault.ts'
import { openedGrant } from './opened-grant.ts'
import { equalSecretly, swarmProof } from './proof.ts'
import type { ResourceRecord } from './records.ts'
import type { Standing } from './standing.ts'

/** What a peer shows with its request. */
export interface Proofs {
  /** 32 bytes, see `swarmProof`: that the peer knows the content's secret. Never the secret itself. */
  readonly secret?: Uint8Array | undefined
  /** Grant envelopes, which do not change; more than 4 are not looked at. */
  readonly grants?: readonly Uint8Array[] | undefined
}

export interface AskerParts {
  /** PeerId of this peer. */
  readonly self: string
  readonly standing: Standing
  /** Grants that this peer holds with circles that it is in, see `HeldGrants.ofCircles`. */
  ofCircles(resource: string): readonly Grant[]
  /** 32 bytes in place of the secret of what has none, so that looking for it takes as long. */
  readonly decoy: Uint8Array
}

/** Who asks, and what its proofs are worth. The work is the same whether there is a record or not. */
export function askerOf(
  { self, standing, decoy, ofCircles }: AskerParts,
  record: ResourceRecord | undefined,
  request: { readonly peer: string; readonly resource: string; readonly proofs: Proofs | undefined },
  now: number,
): Asker {
  const { peer, resource, proofs } = request
  const principal = standing.principal(peer)
  const formerly = principal === undefined ? [] : standing.formerly(principal)
  const trust = standing.trust(principal ?? peer)
  const proof = proofs?.secret
  const owner = record?.owner
  // Whoever is in a circle for which a grant is held here needs to show nothing.
  const ofCircle = ofCircles(resource)
  const shown = proofs?.grants
  const grants = shown === undefined ? ofCircle : [...openAll(shown), ...ofCircle]
  return {
    peer,
    principal,
    formerly,
    trust,
    isOwner: owner !== undefined && principal !== undefined && isSamePerson(owner, peer, standing),
    secretProven: proof !== undefined && proves(proof, record?.secret, { resource, peer, self, decoy }),
    grants:
      grants.length === 0
        ? grants
        : grants
            .filter(grant => grantFault(grant, peer, resource, now, standing) === undefined)
            .map(grant => asOf(owner, grant, standing)),
  }
}

/** The rules of a resource name its owner by one key, and the owner may have signed with a later one. */
function asOf(owner: string | undefined, grant: Grant, standing: Standing): Grant {
  if (owner === undefined || owner === grant.owner || !isSamePerson(owner, grant.owner, standing))
    return grant
  return { ...grant, owner }
}

function proves(
  proof: Uint8Array,
  secret: Uint8Array | undefined,
  { resource, peer, self, decoy }: { resource: string; peer: string; self: string; decoy: Uint8Array },
): boolean {
  const infoHash = /^content:([0-9a-f]{64})$/.exec(resource)?.[1]
  if (infoHash === undefined) return false
  const expected = swarmProof(secret ?? decoy, fromHex(infoHash), peer, self)
  return equalSecretly(expected, proof) && secret !== undefined
}

/** The genuine ones among those shown. */
function openAll(envelopes: readonly Uint8Array[]): Grant[] {
  const grants: Grant[] = []
  for (const bytes of envelopes.slice(0, swarmHelloLimits.grants)) {
    try {
      grants.push(openedGrant(bytes))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }
  return grants
}
