import { setImmediate } from 'node:timers/promises'
import { type Content, formatLink } from '../../../content/index.ts'
import {
  freeSpace,
  type NameWarning,
  nameWarnings,
  type Standing,
  usualDownloads,
} from '../../../store/index.ts'
import type { FilesHost } from '../host.ts'
import type { TransferState } from '../snapshot.ts'

export interface PreviewInput {
  link: string
  from?: string | undefined
  into?: string | undefined
  /** Of how many files it is told. */
  files: number
  timeout?: number | undefined
}

/** While metadata comes: who is asked. The last one is what the link names. */
export type PreviewUpdate =
  | { readonly phase: 'finding'; readonly name: string; readonly peers: number }
  | Preview

/** One file that would come. Its name is hostile text. */
export interface PreviewFile {
  readonly index: number
  readonly path: string
  readonly size: number
  /** The whole path on this machine. */
  readonly target: string
  readonly standing: Standing
  readonly warnings: readonly NameWarning[]
}

/** What a link names, before anything of it is fetched. All names are hostile text. */
export interface Preview {
  readonly phase: 'ready'
  readonly kind: 'bittorrent' | 'private' | 'ipfs'
  /** What `get` takes to fetch just this, whatever a name points at by then. */
  readonly link: string
  /** What it goes by when it is fetched: an info hash, or `/ipfs/CID`. */
  readonly id: string
  readonly name: string
  readonly totalBytes: number
  readonly fileCount: number
  /** As many as were asked for. */
  readonly files: readonly PreviewFile[]
  readonly into: string
  /** Where the file, or the folder around all of them, would stand. */
  readonly path: string
  readonly isTaken: boolean
  /** How many files of all have which warnings. */
  readonly warnings: Readonly<Partial<Record<NameWarning, number>>>
  /** On the disk where it would go, in bytes. */
  readonly freeBytes: number
  /** Only its trackers may tell who has it (BEP 27). */
  readonly isForTrackersOnly: boolean
  readonly trackers: number
  /** Who shares it: a contact by the name that it has here. */
  readonly from?: string
  /** It is here already, or on its way. */
  readonly known?: { readonly infoHash: string; readonly state: TransferState; readonly path?: string }
}

/** What is known of it beside its files. */
export type PreviewFacts = Pick<Preview, 'kind' | 'link' | 'id' | 'trackers' | 'from' | 'known'>

const filesAtOnce = 2000

/** Puts together what a person should know of a content before it is fetched. Throws `path.unsafe`, of kind `disk`. */
export async function previewOf(
  host: FilesHost,
  content: Content,
  input: PreviewInput,
  facts: PreviewFacts,
): Promise<Preview> {
  const into = await folderOf(host, input)
  const { path, isTaken, files } = await host.store.lookAhead(content, into, input.files)
  const { freeBytes } = await freeSpace(into)
  return {
    phase: 'ready',
    ...facts,
    name: content.name,
    totalBytes: content.totalSize,
    fileCount: content.files.length,
    files: files.map(({ index, path: target, standing }): PreviewFile => {
      const { path: names, size, executable } = content.files[index]!
      return {
        index,
        path: names.join('/'),
        size,
        target,
        standing,
        warnings: nameWarnings(names, { executable }),
      }
    }),
    into,
    path,
    isTaken,
    warnings: await countWarnings(content),
    freeBytes,
    isForTrackersOnly: content.isPrivate,
  }
}

/** Where `get` would put it; a page has no current folder. */
async function folderOf({ config }: FilesHost, { into }: PreviewInput): Promise<string> {
  return into ?? (config.downloads === '' ? await usualDownloads() : config.downloads)
}

async function countWarnings({ files }: Content): Promise<Preview['warnings']> {
  const counts: Partial<Record<NameWarning, number>> = {}
  for (const [at, { path, executable }] of files.entries()) {
    if (at % filesAtOnce === filesAtOnce - 1) await setImmediate()
    for (const warning of nameWarnings(path, { executable })) counts[warning] = (counts[warning] ?? 0) + 1
  }
  return counts
}

/** A link to just what was looked at: names that point at something else tomorrow are resolved. */
export function ipfsLink(cid: string, path: readonly string[]): string {
  return formatLink({ kind: 'ipfs', cid, path, peers: [], trackers: [], webSeeds: [] })
}
