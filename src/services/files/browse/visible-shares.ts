import { contentResource } from '../../../access/index.ts'
import { isLocalPath, type PeerStream } from '../../../network/index.ts'
import { type ListedShare, sharesLimits } from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { Transfer } from '../transfer.ts'

/** What of this peer's shares another peer may see, the newest first. By steps: there may be many. */
export function* visibleShares(
  { access }: Pick<FilesHost, 'access'>,
  transfers: Iterable<Transfer>,
  { peer, path }: Pick<PeerStream, 'peer' | 'path'>,
): Generator<void, ListedShare[]> {
  const shares: ListedShare[] = []
  const asked = { subject: { peer }, action: 'list', isLocal: isLocalPath(path) } as const
  for (const transfer of transfers) {
    if (isListed(transfer)) {
      const resource = contentResource(transfer.infoHash)
      if (access.check({ ...asked, resource }).allowed)
        shares.push(describe(transfer, ownerFor(access, resource)))
    }
    yield
  }
  return shares.sort((a, b) => b.changedAt - a.changedAt).slice(0, sharesLimits.shares)
}

/**
 * Only what the user shared, not what was fetched from others and is merely passed on. Whoever asks for what is paused or broken is
 * refused as if it were not there, so it is not told of it either; nor of what another version has taken the place of.
 */
function isListed({ record, failure, infoHash }: Transfer): boolean {
  const isOffered = record.origin === 'share' || record.offeredAt !== undefined
  if (!isOffered || record.paused || record.replaced || failure !== undefined) return false
  return infoHash.length === 32 && Buffer.byteLength(record.name) <= sharesLimits.nameBytes
}

/** Whose word decides who may have it; undefined when everyone may. */
function ownerFor(access: FilesHost['access'], resource: string): string | undefined {
  const { secret, owner } = access.terms(resource)
  return secret === undefined ? owner : access.owner(resource)
}

function describe({ infoHash, record }: Transfer, owner: string | undefined): ListedShare {
  const { name, totalBytes, fileCount } = record
  const changedAt = record.offeredAt ?? record.addedAt
  return {
    infoHash,
    name,
    bytes: totalBytes,
    files: fileCount,
    sharedAt: Math.floor(record.sharedAt ?? changedAt),
    changedAt: Math.floor(changedAt),
    ...(owner !== undefined && { owner }),
  }
}
