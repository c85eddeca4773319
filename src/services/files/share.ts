import { type Action, canonicalSubject, contentResource, type Policy } from '../../access/index.ts'
import { fromHex, PeerageError, toHex } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import { checkPieceLength, tiersOf, webSeedsOf } from './announce-places.ts'
import type { FilesHost } from './host.ts'
import type { ShareInput, ShareUpdate } from './inputs.ts'
import type { PublicRecord, TransferRecord } from './record.ts'
import { updatesOf } from './updates.ts'

const actions: readonly Action[] = ['list', 'read', 'serve']
const byLink: Policy = { subjects: ['secret'], actions }

/**
 * Hashes what is at a path, says how far it is, sets who may read it, and ends with its record. Unless the user says who, it is for
 * those for whom it was before, else for whoever has the link.
 */
export async function* hashShare(
  host: FilesHost,
  input: ShareInput,
  policyBefore: (stored: StoredContent) => Policy | undefined,
  signal: AbortSignal,
): AsyncGenerator<ShareUpdate, TransferRecord> {
  checkPublic(host, input)
  const who = input.public ? ['everyone'] : input.who
  const policy = who && { subjects: who.map(canonicalSubject), actions }
  checkPieceLength(input.pieceLength)
  const stored = yield* updatesOf<ShareUpdate, StoredContent>(tell =>
    host.store.createShare(input.path, {
      ...(input.pieceLength !== undefined && { pieceLength: input.pieceLength }),
      ...(input.hybrid && { hybrid: true }),
      ...(input.private && { isPrivate: true }),
      ...(input.source !== undefined && { source: input.source }),
      signal,
      onProgress: ({ bytes, totalBytes, files: count }) =>
        tell({ phase: 'hashing', bytes, totalBytes, files: count }),
    }),
  )
  const record = recordOf(host, stored, policy ?? policyBefore(stored) ?? byLink)
  if (input.public) record.public = await publicRecordOf(host, stored, input)
  return record
}

function checkPublic(host: FilesHost, input: ShareInput): void {
  const { public: isPublic, tracker, webSeed, private: isPrivate, comment } = input
  if (!isPublic && (tracker ?? webSeed ?? isPrivate ?? comment) !== undefined)
    throw new PeerageError(
      'usage.invalid',
      '--tracker, --web-seed, --private and --comment go with --public only.',
    )
  tiersOf(host, tracker)
  webSeedsOf(webSeed)
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
