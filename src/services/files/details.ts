import { contentResource } from '../../access/index.ts'
import type { FilesHost } from './host.ts'
import type { Details } from './inputs.ts'
import { linkOf, magnetOf } from './links.ts'
import { snapshotOf } from './snapshots.ts'
import type { Transfer } from './transfer.ts'

/** All that is known of one content: also who may read it, and how others find it. */
export function detailsOf(host: FilesHost, transfer: Transfer): Details {
  const { stored, infoHash } = transfer
  const policy = host.access.policy(contentResource(infoHash))
  const magnet = stored && magnetOf(transfer)
  const copies = transfer.swarm?.stats().distributedCopies
  return {
    ...snapshotOf(transfer),
    link: linkOf(host, transfer),
    ...(magnet && { magnet }),
    who: policy?.subjects ?? [],
    ...(stored && { pieceLength: stored.content.pieceLength, pieces: stored.pieceCount }),
    ...(copies !== undefined && { copies }),
  }
}
