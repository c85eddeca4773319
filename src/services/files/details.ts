import { contentResource } from '../../access/index.ts'
import { audienceOf } from './audience.ts'
import type { FilesHost } from './host.ts'
import type { Details, LeaningPin } from './inputs.ts'
import { linkOf, magnetOf } from './links.ts'
import type { TransferRow } from './snapshot.ts'
import { snapshotOf } from './snapshots.ts'
import type { Transfer } from './transfer.ts'

/** One line of the list of all: also whom it is for, for what was fetched is given on. */
export function listRow(host: FilesHost, transfer: Transfer): TransferRow {
  return {
    ...snapshotOf(transfer),
    audience: audienceOf(host, host.access.policy(contentResource(transfer.infoHash))),
  }
}

/** Nothing when there are none. */
export function pinsOn({ store }: FilesHost, { id }: Transfer): { readonly pins?: readonly LeaningPin[] } {
  const pins = store.blocks.pinsOn(id).map(({ root, name }) => ({ cid: String(root), ...(name && { name }) }))
  return pins.length === 0 ? {} : { pins }
}

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
    ...(transfer.record.ipfs && { cid: transfer.record.ipfs.cid }),
    ...pinsOn(host, transfer),
    who: policy?.subjects ?? [],
    audience: audienceOf(host, policy),
    ...(stored && { pieceLength: stored.content.pieceLength, pieces: stored.pieceCount }),
    ...(transfer.record.settings && { settings: transfer.record.settings }),
    ...(copies !== undefined && { copies }),
  }
}
