import { type Action, canonicalSubject, contentResource, type SubjectRule } from '../../access/index.ts'
import { fromHex, PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { FilesHost } from './host.ts'
import type { ShareInput, ShareUpdate } from './inputs.ts'
import type { TransferRecord } from './record.ts'
import { updatesOf } from './updates.ts'

const actions: readonly Action[] = ['list', 'read', 'serve']

/** Hashes what is at a path, says how far it is, sets who may read it, and ends with its record. */
export async function* hashShare(
  host: FilesHost,
  input: ShareInput,
  signal: AbortSignal,
): AsyncGenerator<ShareUpdate, TransferRecord> {
  const subjects = input.who.map(canonicalSubject)
  if (input.pieceLength !== undefined && (input.pieceLength & (input.pieceLength - 1)) !== 0)
    throw new PeerageError('usage.invalid', 'The piece length must be a power of two, such as 262144.')
  const stored = yield* updatesOf<ShareUpdate, StoredContent>(tell =>
    host.store.createShare(input.path, {
      ...(input.pieceLength !== undefined && { pieceLength: input.pieceLength }),
      ...(input.hybrid && { hybrid: true }),
      signal,
      onProgress: ({ bytes, totalBytes, files: count }) =>
        tell({ phase: 'hashing', bytes, totalBytes, files: count }),
    }),
  )
  return recordOf(host, stored, subjects)
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
