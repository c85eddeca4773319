import { realpath } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { PeerageError } from '../base/index.ts'
import type { KnownFile, ShareOptions } from './create-share.ts'
import { diskErrorOf } from './disk-errors.ts'
import type { FoundFile, Scan } from './scan-folder.ts'
import { sameStamp } from './stamps.ts'
import type { StoredContent } from './stored-content.ts'

/** Where something to be shared is. */
export interface SharePlace {
  readonly base: string
  readonly target: string
  readonly name: string
}

/** Throws `store.source-unreadable`. */
export async function placeOf(path: string): Promise<SharePlace> {
  const full = resolve(path)
  try {
    const real = await realpath(full)
    const name = basename(full)
    if (name === '')
      throw new PeerageError('store.source-unreadable', 'A whole disk cannot be shared; choose a folder.')
    return { base: dirname(real), target: basename(real), name }
  } catch (error) {
    throw diskErrorOf(error, 'reading', full)
  }
}

const filesPerStep = 1024

/** True when a scan finds just what the content was made from. By steps. */
export function* isUnchanged(
  stored: StoredContent,
  scan: Scan,
  pieceLength: number,
  options: ShareOptions,
): Generator<void, boolean> {
  const { content, have } = stored
  const version = options.hybrid ? 'hybrid' : 'v2'
  if (content.isPrivate !== (options.isPrivate ?? false) || content.source !== options.source) return false
  if (content.version !== version || content.pieceLength !== pieceLength || !have.isFull) return false
  if (content.files.length !== scan.files.length || content.singleFile !== scan.singleFile) return false
  for (const [i, file] of scan.files.entries()) {
    if (!isSame(stored, i, file)) return false
    if (i % filesPerStep === filesPerStep - 1) yield
  }
  return true
}

function isSame(stored: StoredContent, index: number, file: FoundFile): boolean {
  const entry = stored.content.files[index]!
  return (
    entry.size === file.size &&
    (entry.executable === true) === file.executable &&
    samePath(entry.path, file.path) &&
    samePath(entry.symlink, file.symlink) &&
    (file.size === 0 || sameStamp(stored.stamp(index), file.stamp))
  )
}

function samePath(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined
    ? a === b
    : a.length === b.length && a.every((name, i) => name === b[i])
}

/** SHA-256 of the leaves of a file of a share, where they are known. */
export type BlocksOf = (infoHash: string, file: number) => Uint8Array | undefined

/**
 * Hashes of files that an earlier share of the place still vouches for, those of the last one before all others; without those that `blocksOf`
 * shall have, it has to be read. By steps.
 */
export function* knownFiles(
  shares: readonly StoredContent[],
  pieceLength: number,
  blocksOf?: BlocksOf,
): Generator<void, (file: FoundFile) => KnownFile | undefined> {
  const known: { readonly stored: StoredContent; readonly places: ReadonlyMap<string, number> }[] = []
  for (const stored of shares) {
    if (stored.content.pieceLength !== pieceLength) continue
    const places = new Map<string, number>()
    for (const { index, path } of stored.content.files) {
      places.set(path.join('/'), index)
      if (index % filesPerStep === filesPerStep - 1) yield
    }
    known.unshift({ stored, places })
  }
  return file => {
    const path = file.path.join('/')
    for (const { stored, places } of known) {
      const found = knownFile(stored, places.get(path), blocksOf)
      if (found !== undefined) return sameStamp(found.stamp, file.stamp) ? found : undefined
    }
    return undefined
  }
}

function knownFile(
  stored: StoredContent,
  index: number | undefined,
  blocksOf: BlocksOf | undefined,
): KnownFile | undefined {
  if (index === undefined) return undefined
  const { piecesRoot: root, pieceCount } = stored.content.files[index]!
  const stamp = stored.stamp(index)
  if (stamp === undefined || root === undefined || !stored.isWhole(index)) return undefined
  const layer = pieceCount > 1 ? stored.pieceLayer(index) : undefined
  const blocks = blocksOf?.(stored.hash, index)
  if (blocksOf !== undefined && blocks === undefined) return undefined
  return pieceCount === 1 || layer !== undefined ? { stamp, root, layer, blocks } : undefined
}
