import { type Action, canonicalSubject, contentResource, type SubjectRule } from '../../access/index.ts'
import { fromHex, PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { Files } from './files.ts'
import type { ShareInput, ShareUpdate } from './operations.ts'
import { updatesOf } from './updates.ts'

const actions: readonly Action[] = ['list', 'read', 'serve']

/** Hashes what is at a path, says how far it is, and ends with the share. */
export async function* shareUpdates(
  files: Files,
  input: ShareInput,
  signal: AbortSignal,
): AsyncGenerator<ShareUpdate> {
  const subjects = input.who.map(canonicalSubject)
  if (input.pieceLength !== undefined && (input.pieceLength & (input.pieceLength - 1)) !== 0)
    throw new PeerageError('usage.invalid', 'The piece length must be a power of two, such as 262144.')
  const stored = yield* updatesOf<ShareUpdate, StoredContent>(tell =>
    files.host.store.createShare(input.path, {
      ...(input.pieceLength !== undefined && { pieceLength: input.pieceLength }),
      ...(input.hybrid && { hybrid: true }),
      signal,
      onProgress: ({ bytes, totalBytes, files: count }) =>
        tell({ phase: 'hashing', bytes, totalBytes, files: count }),
    }),
  )
  yield files.describe(enter(files, stored, subjects))
}

function enter(files: Files, stored: StoredContent, subjects: SubjectRule[]): ReturnType<Files['entered']> {
  const { access, world } = files.host
  const resource = contentResource(fromHex(stored.hash))
  access.setPolicy(resource, { subjects, actions })
  const transfer = files.entered({
    infoHash: stored.hash,
    origin: 'share',
    name: stored.name,
    totalBytes: stored.totalSize,
    fileCount: stored.content.files.length,
    paused: false,
    addedAt: world.wallTime(),
    completedAt: world.wallTime(),
    peers: [],
  })
  if (transfer.record.paused) transfer.resume()
  return transfer
}
