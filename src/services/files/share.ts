import { type Action, canonicalSubject, contentResource, type SubjectRule } from '../../access/index.ts'
import { fromHex, PeerageError, toHex } from '../../base/index.ts'
import { isTrackerUrl, isWebSeedUrl } from '../../content/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { FilesHost } from './host.ts'
import type { ShareInput, ShareUpdate } from './inputs.ts'
import type { PublicRecord, TransferRecord } from './record.ts'
import { checkUrls } from './source.ts'
import { updatesOf } from './updates.ts'

/** What stands for the tracker of this peer. */
const ownTracker = 'own'

const actions: readonly Action[] = ['list', 'read', 'serve']

/** Hashes what is at a path, says how far it is, sets who may read it, and ends with its record. */
export async function* hashShare(
  host: FilesHost,
  input: ShareInput,
  signal: AbortSignal,
): AsyncGenerator<ShareUpdate, TransferRecord> {
  checkPublic(input)
  if (input.tracker?.includes(ownTracker)) ownTier(host)
  const subjects = (input.public ? ['everyone'] : input.who).map(canonicalSubject)
  if (input.pieceLength !== undefined && (input.pieceLength & (input.pieceLength - 1)) !== 0)
    throw new PeerageError('usage.invalid', 'The piece length must be a power of two, such as 262144.')
  const stored = yield* updatesOf<ShareUpdate, StoredContent>(tell =>
    host.store.createShare(input.path, {
      ...(input.pieceLength !== undefined && { pieceLength: input.pieceLength }),
      ...(input.hybrid && { hybrid: true }),
      ...(input.private && { isPrivate: true }),
      signal,
      onProgress: ({ bytes, totalBytes, files: count }) =>
        tell({ phase: 'hashing', bytes, totalBytes, files: count }),
    }),
  )
  const record = recordOf(host, stored, subjects)
  if (input.public) record.public = await publicRecordOf(host, stored, input)
  return record
}

function checkPublic({ public: isPublic, tracker, webSeed, private: isPrivate }: ShareInput): void {
  if (!isPublic && (tracker ?? webSeed ?? isPrivate) !== undefined)
    throw new PeerageError('usage.invalid', '--tracker, --web-seed and --private go with --public only.')
  checkUrls(tracker ?? [], url => url === ownTracker || isTrackerUrl(url), 'a tracker')
  checkUrls(webSeed ?? [], isWebSeedUrl, 'a web seed')
}

async function publicRecordOf(
  host: FilesHost,
  { content }: StoredContent,
  { tracker = [], webSeed = [] }: ShareInput,
): Promise<PublicRecord> {
  const v1 = content.version === 'v2' ? undefined : await host.store.hash(content.info, 'sha1')
  return {
    ...(v1 && { infoHashV1: toHex(v1) }),
    trackers: tracker.map(url => (url === ownTracker ? ownTier(host) : [url])),
    webSeeds: [...webSeed],
    peers: [],
  }
}

/** All addresses of our own tracker: they are one. */
function ownTier(host: FilesHost): string[] {
  const urls = host.ownTrackers?.() ?? []
  if (urls.length > 0) return [...urls]
  throw new PeerageError(
    'usage.invalid',
    'This peer is no tracker now. Start it with `peerage tracker start`.',
  )
}

/** The policy comes first: a share that nobody may read yet is better than one that anybody may. */
function recordOf(
  { access, world }: FilesHost,
  stored: StoredContent,
  subjects: SubjectRule[],
): TransferRecord {
  const resource = contentResource(fromHex(stored.hash))
  access.setPolicy(resource, { subjects, actions })
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
