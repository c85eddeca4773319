import { fromHex, PeerageError } from '../base/index.ts'
import { swarmHelloLimits } from '../wire/index.ts'
import type { Asker } from './decide.ts'
import { type Grant, openGrant } from './grant.ts'
import { grantFault } from './grant-fault.ts'
import { equalSecretly, swarmProof } from './proof.ts'
import type { ResourceRecord } from './records.ts'
import type { Standing } from './standing.ts'

/** What a peer shows with its request. */
export interface Proofs {
  /** 32 bytes, see `swarmProof`: that the peer knows the content's secret. Never the secret itself. */
  readonly secret?: Uint8Array | undefined
  /** Grant envelopes; more than 4 are not looked at. */
  readonly grants?: readonly Uint8Array[] | undefined
}

export interface AskerParts {
  /** PeerId of this peer. */
  readonly self: string
  readonly standing: Standing
  /** 32 bytes in place of the secret of what has none, so that looking for it takes as long. */
  readonly decoy: Uint8Array
}

const noGrants: readonly Grant[] = []

/** Who asks, and what its proofs are worth. The work is the same whether there is a record or not. */
export function askerOf(
  { self, standing, decoy }: AskerParts,
  record: ResourceRecord | undefined,
  request: { readonly peer: string; readonly resource: string; readonly proofs: Proofs | undefined },
  now: number,
): Asker {
  const { peer, resource, proofs } = request
  const principal = standing.principal(peer)
  const formerly = principal === undefined ? [] : standing.formerly(principal)
  const trust = standing.trust(principal ?? peer)
  const proof = proofs?.secret
  const grants = proofs?.grants
  return {
    peer,
    principal,
    formerly,
    trust,
    isOwner: isPerson(record?.owner, peer, principal, formerly, standing),
    secretProven: proof !== undefined && proves(proof, record?.secret, { resource, peer, self, decoy }),
    grants: grants === undefined ? noGrants : openAll(grants, request, now, standing),
  }
}

/** Whether the owner of a resource and who asks are one person. */
function isPerson(
  owner: string | undefined,
  peer: string,
  principal: string | undefined,
  formerly: readonly string[],
  standing: Standing,
): boolean {
  if (owner === undefined || principal === undefined) return false
  return (
    owner === peer ||
    owner === principal ||
    formerly.includes(owner) ||
    standing.principal(owner) === principal
  )
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

/** The genuine grants for `peer` on `resource` among those shown. */
function openAll(
  envelopes: readonly Uint8Array[],
  { peer, resource }: { readonly peer: string; readonly resource: string },
  now: number,
  standing: Standing,
): Grant[] {
  const grants: Grant[] = []
  for (const bytes of envelopes.slice(0, swarmHelloLimits.grants)) {
    try {
      const grant = openGrant(bytes)
      if (grantFault(grant, peer, resource, now, standing) === undefined) grants.push(grant)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }
  return grants
}
