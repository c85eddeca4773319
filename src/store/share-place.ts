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

/** True when a scan finds just what the content was made from. */
export function isUnchanged(
  stored: StoredContent,
  scan: Scan,
  pieceLength: number,
  options: ShareOptions,
): boolean {
  const { content, have } = stored
  const version = options.hybrid ? 'hybrid' : 'v2'
  if (content.isPrivate !== (options.isPrivate ?? false) || content.source !== options.source) return false
  if (content.version !== version || content.pieceLength !== pieceLength || !have.isFull) return false
  if (content.files.length !== scan.files.length || content.singleFile !== scan.singleFile) return false
  return scan.files.every((file, i) => {
    const entry = content.files[i]!
    const stamp = stored.stamp(i)
    return (
      entry.size === file.size &&
      (entry.executable === true) === file.executable &&
      samePath(entry.path, file.path) &&
      samePath(entry.symlink, file.symlink) &&
      (file.size === 0 || (stamp !== undefined && sameStamp(stamp, file.stamp)))
    )
  })
}

function samePath(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined
    ? a === b
    : a.length === b.length && a.every((name, i) => name === b[i])
}

/** SHA-256 of the leaves of a file of a share, where they are known. */
export type BlocksOf = (infoHash: string, file: number) => Uint8Array | undefined

/** Hashes of files that an earlier share of the place still vouches for; without those that `blocksOf` shall have, it has to be read. */
export function knownFiles(
  shares: readonly StoredContent[],
  pieceLength: number,
  blocksOf?: BlocksOf,
): (file: FoundFile) => KnownFile | undefined {
  const known = new Map<string, KnownFile>()
  for (const stored of shares) {
    if (stored.content.pieceLength !== pieceLength) continue
    for (const { index, path, piecesRoot, pieceCount } of stored.content.files) {
      const stamp = stored.stamp(index)
      if (stamp === undefined || piecesRoot === undefined || !stored.isWhole(index)) continue
      const layer = pieceCount > 1 ? stored.pieceLayer(index) : undefined
      const blocks = blocksOf?.(stored.hash, index)
      if (blocksOf !== undefined && blocks === undefined) continue
      if (pieceCount === 1 || layer !== undefined)
        known.set(path.join('/'), { stamp, root: piecesRoot, layer, blocks })
    }
  }
  return file => {
    const found = known.get(file.path.join('/'))
    return found !== undefined && sameStamp(found.stamp, file.stamp) ? found : undefined
  }
}
