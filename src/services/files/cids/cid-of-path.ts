import type { UnixFsProfile } from '../../../content/index.ts'
import type { DescribedContent } from '../../../store/index.ts'
import type { FilesHost } from '../host.ts'
import { updatesOf } from '../updates.ts'

export interface CidInput {
  path: string
  profile: UnixFsProfile['name']
}

/** While hashing: how far. The last one has the CID. */
export type CidUpdate =
  | { readonly phase: 'hashing'; readonly bytes: number; readonly totalBytes: number; readonly files: number }
  | NamedPath

export interface NamedPath {
  readonly phase: 'named'
  readonly cid: string
  readonly name: string
  readonly profile: UnixFsProfile['name']
  readonly totalBytes: number
  readonly files: number
}

/** The CID of a file or folder, which is neither kept nor offered. Throws what `Store.describe` throws. */
export async function* cidOfPath(
  { store }: FilesHost,
  { path, profile }: CidInput,
  signal: AbortSignal,
): AsyncGenerator<CidUpdate> {
  const { content, root } = yield* updatesOf<CidUpdate, DescribedContent>(tell =>
    store.describe(path, {
      unixfs: profile,
      signal,
      onProgress: ({ bytes, totalBytes, files }) => tell({ phase: 'hashing', bytes, totalBytes, files }),
    }),
  )
  const { name, totalSize: totalBytes, files } = content
  yield { phase: 'named', cid: String(root), name, profile, totalBytes, files: files.length }
}
