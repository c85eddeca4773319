import { contentResource } from '../../access/index.ts'
import { fromHex } from '../../base/index.ts'
import { formatLink } from '../../content/index.ts'
import { audienceOf } from './audience.ts'
import type { FilesHost } from './host.ts'
import type { Share } from './inputs.ts'
import type { NetworkName } from './networks.ts'
import type { Transfer } from './transfer.ts'

const maxAddressesInLink = 8

/** The link by which others fetch it. */
export function linkOf({ network, access }: FilesHost, transfer: Transfer): string {
  // Private swarms name content by its SHA-256, which v1 content has not.
  if (transfer.infoHash.length === 20) return magnetOf(transfer)
  return formatLink({
    kind: 'peerage',
    infoHash: transfer.infoHash,
    ...nameOf(transfer),
    ...cidOf(transfer),
    peers: membersOf(network, transfer),
    trackers: [],
    webSeeds: [],
    ...defined(access.terms(contentResource(transfer.infoHash))),
  })
}

/** The link with every name that the content has on the networks that were named. */
function linkOn(host: FilesHost, transfer: Transfer, networks: ReadonlySet<NetworkName>): string {
  // A magnet link says that content is on BitTorrent; for the other two a link of our own does.
  if (!networks.has('bittorrent') || networks.size === 1) return linkOf(host, transfer)
  return magnetOf(transfer, networks.has('private') ? membersOf(host.network, transfer) : [])
}

/** Where this peer is, and of what was fetched whoever had it. */
function membersOf(network: FilesHost['network'], { record }: Transfer): string[] {
  const own = network?.addresses().slice(0, maxAddressesInLink) ?? []
  return [...own, ...(record.origin === 'share' ? [] : record.peers.slice(0, maxAddressesInLink))]
}

/** Public content only is found by it: it carries no secret. */
export function magnetOf({ infoHash, record }: Transfer, members: readonly string[] = []): string {
  const known = record.public
  const v1 = infoHash.length === 20 ? infoHash : known?.infoHashV1 && fromHex(known.infoHashV1)
  return formatLink({
    kind: 'magnet',
    ...(infoHash.length === 32 && { infoHash }),
    ...(v1 && { infoHashV1: v1 }),
    ...nameOf({ record }),
    ...cidOf({ record }),
    peers: [],
    ...(members.length > 0 && { members }),
    trackers: known?.trackers.flat() ?? [],
    webSeeds: known?.webSeeds ?? [],
  })
}

/** While it is announced there. */
function cidOf({ record: { ipfs } }: Pick<Transfer, 'record'>): { cid?: string } {
  return ipfs?.offered === true ? { cid: ipfs.cid } : {}
}

/** Nobody may have told it so far. */
function nameOf({ record }: Pick<Transfer, 'record'>): { name?: string } {
  return record.name === '' ? {} : { name: record.name }
}

/** What a person is told after sharing. */
export function describeShare(
  host: FilesHost,
  transfer: Transfer,
  networks: ReadonlySet<NetworkName>,
): Share {
  const { stored, record, infoHash } = transfer
  const policy = host.access.policy(contentResource(infoHash))
  return {
    phase: 'shared',
    infoHash: transfer.id,
    name: record.name,
    path: stored?.root ?? '',
    bytes: record.totalBytes,
    files: record.fileCount,
    link: linkOn(host, transfer, networks),
    magnet: magnetOf(transfer),
    ...cidOf(transfer),
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
