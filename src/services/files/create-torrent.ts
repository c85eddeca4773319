import { hash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { PeerageError, toHex } from '../../base/index.ts'
import { encodeTorrent, formatLink } from '../../content/index.ts'
import type { DescribedContent } from '../../store/index.ts'
import { checkPieceLength, tiersOf, webSeedsOf } from './announce-places.ts'
import type { FilesHost } from './host.ts'
import { updatesOf } from './updates.ts'
import { writeNew } from './write-new.ts'

export interface CreateInput {
  path: string
  torrent: string
  tracker?: string[] | undefined
  webSeed?: string[] | undefined
  private?: boolean | undefined
  pieceLength?: number | undefined
  hybrid?: boolean | undefined
  comment?: string | undefined
  source?: string | undefined
  date?: boolean | undefined
  overwrite: boolean
}

/** While hashing: how far. The last one is what was written. */
export type CreateUpdate =
  | { readonly phase: 'hashing'; readonly bytes: number; readonly totalBytes: number; readonly files: number }
  | CreatedTorrent

export interface CreatedTorrent {
  readonly phase: 'created'
  readonly infoHash: string
  /** SHA-1, of hybrids. */
  readonly infoHashV1?: string
  readonly name: string
  /** The file that was written. */
  readonly torrent: string
  readonly totalSize: number
  readonly files: number
  readonly pieceLength: number
  readonly pieces: number
  readonly magnet: string
}

/** Hashes a file or folder and writes its `.torrent` file; nothing is offered. Throws what `Store.describe` throws, `store.exists`. */
export async function* createTorrent(
  host: FilesHost,
  input: CreateInput,
  signal: AbortSignal,
): AsyncGenerator<CreateUpdate> {
  const { store, world } = host
  const trackers = tiersOf(host, input.tracker)
  const webSeeds = webSeedsOf(input.webSeed)
  checkPieceLength(input.pieceLength)
  // Before an hour of hashing, not after it.
  if (!input.overwrite) await refuseExisting(input.torrent)
  const described = yield* updatesOf<CreateUpdate, DescribedContent>(tell =>
    store.describe(input.path, {
      pieceLength: input.pieceLength,
      hybrid: input.hybrid,
      isPrivate: input.private,
      source: input.source,
      signal,
      onProgress: ({ bytes, totalBytes, files }) => tell({ phase: 'hashing', bytes, totalBytes, files }),
    }),
  )
  const bytes = encodeTorrent(
    {
      info: described.content.info,
      pieceLayers: described.pieceLayers,
      trackers,
      webSeeds,
      comment: input.comment,
      createdBy: 'Peerage',
      creationDate: input.date ? Math.floor(world.wallTime() / 1000) : undefined,
    },
    { hash: bytes => hash('sha256', bytes, 'buffer') },
  )
  await writeNew(input.torrent, bytes, input.overwrite)
  yield describe(described, input.torrent, trackers.flat(), webSeeds)
}

async function refuseExisting(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) !== undefined)
    throw new PeerageError('store.exists', `${path} is there already; --overwrite replaces it.`)
}

function describe(
  { content }: DescribedContent,
  torrent: string,
  trackers: readonly string[],
  webSeeds: readonly string[],
): CreatedTorrent {
  const { infoHash, infoHashV1, name, totalSize, pieceLength, pieceCount } = content
  return {
    phase: 'created',
    infoHash: toHex(infoHash),
    ...(infoHashV1 && { infoHashV1: toHex(infoHashV1) }),
    name,
    torrent,
    totalSize,
    files: content.files.length,
    pieceLength,
    pieces: pieceCount,
    magnet: formatLink({
      kind: 'magnet',
      infoHash,
      ...(infoHashV1 && { infoHashV1 }),
      name,
      peers: [],
      trackers,
      webSeeds,
    }),
  }
}
