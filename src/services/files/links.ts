import { contentResource } from '../../access/index.ts'
import { fromHex } from '../../base/index.ts'
import { formatLink } from '../../content/index.ts'
import { audienceOf } from './audience.ts'
import type { FilesHost } from './host.ts'
import type { Share } from './inputs.ts'
import type { Transfer } from './transfer.ts'

const maxAddressesInLink = 8

/** The link by which others fetch it. */
export function linkOf({ network, access }: FilesHost, transfer: Transfer): string {
  // Private swarms name content by its SHA-256, which v1 content has not.
  if (transfer.infoHash.length === 20) return magnetOf(transfer)
  const own = network?.addresses().slice(0, maxAddressesInLink) ?? []
  const others = transfer.record.origin === 'share' ? [] : transfer.record.peers.slice(0, maxAddressesInLink)
  return formatLink({
    kind: 'peerage',
    infoHash: transfer.infoHash,
    ...nameOf(transfer),
    peers: [...own, ...others],
    trackers: [],
    webSeeds: [],
    ...defined(access.terms(contentResource(transfer.infoHash))),
  })
}

/** Public content only is found by it: it carries no secret. */
export function magnetOf({ infoHash, record }: Transfer): string {
  const known = record.public
  const v1 = infoHash.length === 20 ? infoHash : known?.infoHashV1 && fromHex(known.infoHashV1)
  return formatLink({
    kind: 'magnet',
    ...(infoHash.length === 32 && { infoHash }),
    ...(v1 && { infoHashV1: v1 }),
    ...nameOf({ record }),
    peers: [],
    trackers: known?.trackers.flat() ?? [],
    webSeeds: known?.webSeeds ?? [],
  })
}

/** Nobody may have told it so far. */
function nameOf({ record }: Pick<Transfer, 'record'>): { name?: string } {
  return record.name === '' ? {} : { name: record.name }
}

/** What a person is told after sharing. */
export function describeShare(host: FilesHost, transfer: Transfer): Share {
  const { stored, record, infoHash } = transfer
  const policy = host.access.policy(contentResource(infoHash))
  return {
    phase: 'shared',
    infoHash: transfer.id,
    name: record.name,
    path: stored?.root ?? '',
    bytes: record.totalBytes,
    files: record.fileCount,
    link: linkOf(host, transfer),
    magnet: magnetOf(transfer),
    who: policy?.subjects ?? [],
    audience: audienceOf(host, policy),
  }
}

/** The terms of a link without what is undefined. */
function defined(terms: { secret?: Uint8Array | undefined; owner?: string | undefined }): {
  secret?: Uint8Array
  owner?: string
} {
  return {
    ...(terms.secret && { secret: terms.secret }),
    ...(terms.owner !== undefined && { owner: terms.owner }),
  }
}
