import { PeerageError } from '../base/index.ts'
import {
  buildInfoBySteps,
  type Content,
  choosePieceLength,
  defaultContentConfig,
  hashLength,
  type InfoFile,
  leastInfoBytes,
  nameContent,
  type UnixFsProfile,
} from '../content/index.ts'
import { bySteps } from './by-steps.ts'
import { readContent } from './content-reader.ts'
import { diskErrorOf, IoFailure } from './disk-errors.ts'
import { hashFile, rootOfPieces } from './hash-file.ts'
import { type FileHash, HashedFiles } from './hashed-files.ts'
import type { LeafShape, Stamp } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'
import type { FoundFile, Scan } from './scan-folder.ts'

export interface ShareProgress {
  readonly bytes: number
  readonly totalBytes: number
  readonly files: number
}

export interface ShareOptions {
  /** In bytes; a power of two from 16 KiB up. Chosen by size when not given. */
  readonly pieceLength?: number | undefined
  /** Also a BitTorrent v1 torrent. */
  readonly hybrid?: boolean | undefined
  /** BEP 27: only its trackers may tell who has it. */
  readonly isPrivate?: boolean | undefined
  /** Makes another info hash for the same files, as private trackers want it. */
  readonly source?: string | undefined
  /** Also blocks of IPFS, cut and linked like this, from the same reading. */
  readonly unixfs?: UnixFsProfile['name'] | undefined
  readonly onProgress?: ((progress: ShareProgress) => void) | undefined
  /** Told of what cannot be shared: symlinks that lead out, sockets, devices. */
  readonly onOmitted?: ((path: string, reason: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an earlier share of the same path knows about a file. */
export interface KnownFile extends FileHash {
  readonly stamp: Stamp
}

export interface HashFilesRequest extends Pick<ShareOptions, 'hybrid' | 'onProgress' | 'signal'> {
  readonly base: string
  readonly scan: Scan
  readonly pieceLength: number
  readonly leaves: LeafShape | undefined
  readonly known: (file: FoundFile) => KnownFile | undefined
}

export interface HashShareRequest extends Omit<ShareOptions, 'pieceLength'>, HashFilesRequest {
  readonly name: string
}

export interface HashedShare {
  readonly content: Content
  readonly hashes: HashedFiles
}

const groupBytes = 2 * 2 ** 20
const groupFiles = 64
const smallBytes = 512 * 1024
const filesPerStep = 1024

export function pieceLengthFor(scan: Scan, options: ShareOptions): number {
  const total = scan.files.reduce((sum, file) => sum + file.size, 0)
  return options.pieceLength ?? choosePieceLength(total, scan.files.length)
}

/** Hashes all files over all workers and makes the info dictionary. Rejects with `PeerageError` or `signal.reason`. */
export async function hashShare(pool: IoPool, request: HashShareRequest): Promise<HashedShare> {
  const { scan, hybrid } = request
  refuseTooMany(request)
  const hashes = await hashAll(pool, request)
  const info = await bySteps(describe(request, hashes))
  const infoHash = await pool.run({ op: 'digest', bytes: info, algorithm: 'sha256' }, info.length)
  const infoHashV1 = hybrid
    ? await pool.run({ op: 'digest', bytes: info, algorithm: 'sha1' }, info.length)
    : undefined
  const said = await readContent(pool, info, scan.files.length * 2 + 1)
  return { content: nameContent(said, { infoHash, infoHashV1 }), hashes }
}

function* describe(request: HashShareRequest, hashes: HashedFiles): Generator<void, Uint8Array> {
  const { scan, name, pieceLength, hybrid, isPrivate, source } = request
  const files: InfoFile[] = []
  for (const [i, { path, size, executable, symlink }] of scan.files.entries()) {
    files.push({ path, size, executable, symlink, piecesRoot: size > 0 ? hashes.root(i) : undefined })
    if (i % filesPerStep === filesPerStep - 1) yield
  }
  return yield* buildInfoBySteps({
    name,
    pieceLength,
    files,
    hybrid: hybrid ? concatSha1(scan, hashes) : undefined,
    singleFile: scan.singleFile,
    private: isPrivate,
    source,
  })
}

/** What describes them would be longer than anybody reads: told before all of them are hashed, and not after it. */
function refuseTooMany({ base, name, scan }: HashShareRequest): void {
  const bytes = leastInfoBytes(scan.files)
  const { maxInfoBytes } = defaultContentConfig
  if (bytes <= maxInfoBytes) return
  throw new PeerageError(
    'store.source-unreadable',
    `${name} holds too many files for one share: what describes ${scan.files.length} files has more than ${maxInfoBytes} bytes. Share its folders one by one.`,
    { details: { path: base, limit: 'maxInfoBytes' } },
  )
}

/** Hashes the bytes of all files, over all workers. */
export async function hashAll(pool: IoPool, request: HashFilesRequest): Promise<HashedFiles> {
  const hashes = new HashedFiles(request.scan.files.length)
  const report = reporter(request)
  const { small, large } = await bySteps(sortOut(request, hashes, report))
  await hashSmall(pool, request, small, hashes, report)
  for (const i of large) await hashLarge(pool, request, i, hashes, report)
  return hashes
}

/** What has to be read, small files and large ones. */
function* sortOut(
  { scan, pieceLength, hybrid, known }: HashFilesRequest,
  hashes: HashedFiles,
  report: (bytes: number, files: number) => void,
): Generator<void, { readonly small: readonly number[]; readonly large: readonly number[] }> {
  const small: number[] = []
  const large: number[] = []
  for (const [i, file] of scan.files.entries()) {
    if (i % filesPerStep === filesPerStep - 1) yield
    if (file.size === 0) continue
    const before = hybrid ? undefined : known(file)
    if (before === undefined) (file.size <= Math.min(pieceLength, smallBytes) ? small : large).push(i)
    else {
      hashes.set(i, before)
      report(file.size, 1)
    }
  }
  return { small, large }
}

/** Groups of small files, several groups in hand for each worker. */
async function hashSmall(
  pool: IoPool,
  request: HashFilesRequest,
  indices: readonly number[],
  hashes: HashedFiles,
  report: (bytes: number, files: number) => void,
): Promise<void> {
  const { scan, base, pieceLength, leaves: blocks, signal } = request
  let next = 0
  const lane = async (turn: number): Promise<void> => {
    while (next < indices.length) {
      signal?.throwIfAborted()
      const group: number[] = []
      let bytes = 0
      while (next < indices.length && group.length < groupFiles && bytes < groupBytes) {
        bytes += scan.files[indices[next]!]!.size
        group.push(indices[next++]!)
      }
      const files = group.map(i => {
        const { diskPath, stamp } = scan.files[i]!
        return { path: diskPath, stamp, sha1: sha1Mode(request) }
      })
      const job = { op: 'hash-files', base, files, pieceLength, blocks } as const
      const results = await guard(base, pool.run(job, bytes, turn))
      results.forEach(({ hashes: root, sha1, blocks: found }, k) => {
        hashes.set(group[k]!, { root, sha1, blocks: found })
      })
      report(bytes, group.length)
    }
  }
  await Promise.all(Array.from({ length: pool.workers * 3 }, (_, turn) => lane(turn)))
}

async function hashLarge(
  pool: IoPool,
  request: HashFilesRequest,
  index: number,
  hashes: HashedFiles,
  report: (bytes: number, files: number) => void,
): Promise<void> {
  const { base, pieceLength, signal } = request
  const { diskPath, size, stamp } = request.scan.files[index]!
  const { pieces, sha1, blocks } = await guard(
    base,
    hashFile(pool, {
      file: { id: 0, base, path: diskPath },
      size,
      pieceLength,
      stamp,
      sha1: sha1Mode(request),
      blocks: request.leaves,
      signal,
      onBytes: bytes => report(bytes, 0),
    }),
  )
  const root = await rootOfPieces(pool, pieces, pieceLength)
  hashes.set(index, { root, layer: pieces.length > hashLength ? pieces : undefined, sha1, blocks })
  report(0, 1)
}

/** The only file of a content has no padding behind it; all files of a folder do. */
function sha1Mode({ hybrid, scan }: HashFilesRequest): 'padded' | 'plain' | undefined {
  if (hybrid !== true) return undefined
  return scan.files.length === 1 ? 'plain' : 'padded'
}

function concatSha1({ files }: Scan, { sha1s }: HashedFiles): Uint8Array {
  return new Uint8Array(Buffer.concat(files.flatMap((_, i) => sha1s.get(i) ?? [])))
}

function reporter(request: HashFilesRequest): (bytes: number, files: number) => void {
  const { onProgress, scan } = request
  const totalBytes = scan.files.reduce((sum, file) => sum + file.size, 0)
  let bytes = 0
  let files = 0
  return (moreBytes, moreFiles) => {
    bytes += moreBytes
    files += moreFiles
    onProgress?.({ bytes, totalBytes, files })
  }
}

async function guard<T>(base: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof IoFailure)) throw error
    const { reason, failure } = error
    if (reason !== 'changed') throw diskErrorOf(error, 'reading', base)
    throw new PeerageError(
      'store.source-changed',
      `${failure.path} changed while it was read; share it again.`,
      {
        details: { path: failure.path },
      },
    )
  }
}
