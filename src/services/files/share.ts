import {
  type Action,
  type Bounds,
  canonicalSubject,
  contentResource,
  type Policy,
  parseBounds,
  type SubjectRule,
} from '../../access/index.ts'
import { fromHex, PeerageError, toHex } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import { checkPieceLength, tiersOf, webSeedsOf } from './announce-places.ts'
import type { FilesHost } from './host.ts'
import type { ShareInput, ShareUpdate } from './inputs.ts'
import { type NetworkName, parseNetworks } from './networks.ts'
import type { PublicRecord, TransferRecord } from './record.ts'
import { rootOf } from './root-of.ts'
import { updatesOf } from './updates.ts'

const actions: readonly Action[] = ['list', 'read', 'serve']

/**
 * Hashes what is at a path, says how far it is, sets who may read it, and ends with its record. Unless the user says who, it is for
 * those for whom it was before, else for whoever has the link.
 */
export async function* hashShare(
  host: FilesHost,
  input: ShareInput,
  before: Before,
  signal: AbortSignal,
): AsyncGenerator<ShareUpdate, TransferRecord> {
  const networks = networksOf(input)
  checkPublic(host, input, networks)
  const asked = askedPolicy(host, input, networks)
  checkPieceLength(input.pieceLength)
  const stored = yield* updatesOf<ShareUpdate, StoredContent>(tell =>
    host.store.createShare(input.path, {
      ...(input.pieceLength !== undefined && { pieceLength: input.pieceLength }),
      ...(input.hybrid && { hybrid: true }),
      ...(input.private && { isPrivate: true }),
      ...(networks.has('ipfs') && { unixfs: 'unixfs-v1-2025' }),
      ...(input.source !== undefined && { source: input.source }),
      signal,
      onProgress: ({ bytes, totalBytes, files: count }) =>
        tell({ phase: 'hashing', bytes, totalBytes, files: count }),
    }),
  )
  if (networks.has('ipfs')) await refuseDenied(host, stored, before)
  const kept = input.keepPolicy ? host.access.policy(contentResource(fromHex(stored.hash))) : undefined
  const record = recordOf(host, stored, kept ?? policyOf(asked, before.policyOf(stored)))
  if (networks.has('bittorrent')) record.public = await publicRecordOf(host, stored, input)
  if (networks.has('ipfs')) record.ipfs = { cid: rootOf(host.store, stored), offered: true }
  return record
}

/** What a content was before it was shared now. */
interface Before {
  /** It is in the list. */
  isKnown(stored: StoredContent): boolean
  policyOf(stored: StoredContent): Policy | undefined
}

/** A root that a denylist names goes to IPFS for nobody; what is in the list already stays there as it was. Throws `content.denied`. */
async function refuseDenied(
  { store, denylists }: FilesHost,
  stored: StoredContent,
  { isKnown }: Before,
): Promise<void> {
  try {
    denylists.checkLink({ cid: rootOf(store, stored) })
  } catch (error) {
    if (!isKnown(stored)) await store.remove(stored.hash, { deleteFiles: false })
    throw error
  }
}

/** Those that are meant: what is on a public network is offered to peers of this one, too. */
export function networksOf({ on, public: isPublic }: ShareInput): ReadonlySet<NetworkName> {
  const named = on === undefined ? [] : parseNetworks(on)
  return new Set([...named, ...(isPublic ? (['bittorrent'] as const) : [])])
}

function isForEveryone(networks: ReadonlySet<NetworkName>): boolean {
  return networks.has('bittorrent') || networks.has('ipfs')
}

/** What the user says about who may have it, as policies keep it. Throws what subjects and bounds throw. */
function askedPolicy(host: FilesHost, input: ShareInput, networks: ReadonlySet<NetworkName>): AskedPolicy {
  const subjectOf = host.subjectOf ?? canonicalSubject
  const subjects = (isForEveryone(networks) ? ['everyone'] : input.who)?.map(subjectOf)
  const leaves = input.on !== undefined && !isForEveryone(networks)
  return { ...(subjects && { subjects }), leaves, bounds: parseBounds(input, host.world) }
}

interface AskedPolicy {
  readonly subjects?: readonly SubjectRule[]
  /** It is on no public network from now on: not for everyone any more, unless that is said. */
  readonly leaves: boolean
  readonly bounds: Bounds
}

/** Finer rules, such as the denial of one peer, stay when others are named; what is not said stays as it was. */
function policyOf({ subjects: asked, leaves, bounds }: AskedPolicy, before: Policy | undefined): Policy {
  const wasForEveryone = before?.subjects.includes('everyone') === true
  const subjects = asked ?? (leaves && wasForEveryone ? ['secret'] : undefined)
  const isSame = subjects === undefined && Object.keys(bounds).length === 0
  if (isSame && before !== undefined) return before
  return {
    subjects: subjects ?? before?.subjects ?? ['secret'],
    actions,
    ...bounds,
    ...(before?.rules && { rules: before.rules }),
  }
}

function checkPublic(host: FilesHost, input: ShareInput, networks: ReadonlySet<NetworkName>): void {
  const { tracker, webSeed, private: isPrivate, comment } = input
  if (!networks.has('bittorrent') && (tracker ?? webSeed ?? isPrivate ?? comment) !== undefined)
    throw new PeerageError(
      'usage.invalid',
      '--tracker, --web-seed, --private and --comment go with --public or --on bittorrent only.',
    )
  if (networks.has('ipfs')) checkIpfs(host, input)
  if (isForEveryone(networks) && Object.keys(parseBounds(input, host.world)).length > 0)
    throw new PeerageError(
      'usage.invalid',
      'What is public is for everyone, for ever: limits do not go with --public.',
    )
  tiersOf(host, tracker)
  webSeedsOf(webSeed)
}

function checkIpfs({ ipfs }: FilesHost, { private: isPrivate }: ShareInput): void {
  if (isPrivate)
    throw new PeerageError(
      'usage.invalid',
      'Only its trackers may tell who has a private torrent: IPFS would tell, too.',
    )
  if (ipfs === undefined)
    throw new PeerageError(
      'usage.invalid',
      'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.',
    )
}

async function publicRecordOf(
  host: FilesHost,
  { content }: StoredContent,
  { tracker, webSeed, comment }: ShareInput,
): Promise<PublicRecord> {
  const v1 = content.version === 'v2' ? undefined : await host.store.hash(content.info, 'sha1')
  return {
    ...(v1 && { infoHashV1: toHex(v1) }),
    trackers: tiersOf(host, tracker),
    webSeeds: webSeedsOf(webSeed),
    ...(comment !== undefined && { comment }),
    peers: [],
  }
}

/** The policy comes first: a share that nobody may read yet is better than one that anybody may. */
function recordOf({ access, world }: FilesHost, stored: StoredContent, policy: Policy): TransferRecord {
  access.setPolicy(contentResource(fromHex(stored.hash)), policy)
  return {
    infoHash: stored.hash,
    origin: 'share',
    name: stored.name,
    totalBytes: stored.totalSize,
    fileCount: stored.content.files.length,
    paused: false,
    addedAt: world.wallTime(),
    completedAt: world.wallTime(),
    peers: [],
  }
}
