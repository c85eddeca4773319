import { createHash, hash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  buildInfo,
  type InfoFile,
  inTreeOrder,
  layer,
  leafLength,
  levelOf,
  merkleRoot,
  paddingAfter,
} from '../../src/content/index.ts'

/** A link to describe although it is not on disk: where it is and where it leads, both from the root folder. */
export type ExtraLink = readonly [path: string, target: string]

export interface Described {
  readonly info: Uint8Array
  /** By hexadecimal root. */
  readonly pieceLayers: Map<string, Uint8Array>
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

interface FoundFile extends InfoFile {
  readonly bytes: Uint8Array
  readonly layer: Uint8Array | undefined
}

/** The info dictionary of what stands at `root`, as Peerage makes it: a small stand-in for the store's scan. */
export function describeFolder(
  root: string,
  pieceLength: number,
  hybrid: boolean,
  extraLinks: readonly ExtraLink[] = [],
): Described {
  const singleFile = lstatSync(root).isFile()
  const found = singleFile
    ? [describeFile(root, [basename(root)], pieceLength)]
    : filesBelow(root, [], pieceLength)
  for (const [path, target] of extraLinks)
    found.push({
      path: path.split('/'),
      size: 0,
      symlink: target.split('/'),
      bytes: new Uint8Array(),
      layer: undefined,
    })
  const files = inTreeOrder(found)
  const pieceLayers = new Map<string, Uint8Array>()
  for (const file of files)
    if (file.layer) pieceLayers.set(Buffer.from(file.piecesRoot!).toString('hex'), file.layer)
  const v1Pieces = hybrid ? { hybrid: sha1Pieces(files, pieceLength) } : {}
  return {
    info: buildInfo({ name: basename(root), pieceLength, files, singleFile, ...v1Pieces }),
    pieceLayers,
  }
}

function filesBelow(folder: string, names: readonly string[], pieceLength: number): FoundFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const at = join(folder, entry.name)
    const path = [...names, entry.name]
    return entry.isDirectory() ? filesBelow(at, path, pieceLength) : [describeFile(at, path, pieceLength)]
  })
}

function describeFile(at: string, path: readonly string[], pieceLength: number): FoundFile {
  const stat = lstatSync(at)
  if (stat.isSymbolicLink())
    // Right for links in the root folder only, and there are no others on disk.
    return { path, size: 0, symlink: readlinkSync(at).split('/'), bytes: new Uint8Array(), layer: undefined }
  const bytes = readFileSync(at)
  const executable = (stat.mode & 0o100) !== 0
  if (bytes.length === 0) return { path, size: 0, executable, bytes, layer: undefined }
  const leaves = leavesOf(bytes)
  const pieces = bytes.length > pieceLength ? layer(leaves, levelOf(pieceLength), sha256) : undefined
  return {
    path,
    size: bytes.length,
    executable,
    bytes,
    layer: pieces,
    piecesRoot: merkleRoot(leaves, undefined, sha256),
  }
}

function leavesOf(bytes: Uint8Array): Uint8Array {
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += leafLength) out.push(sha256(bytes.subarray(at, at + leafLength)))
  return Buffer.concat(out)
}

function sha1Pieces(files: readonly FoundFile[], pieceLength: number): Uint8Array {
  const parts = files.flatMap(file => [
    file.bytes,
    new Uint8Array(paddingAfter(file.size, files.length, pieceLength)),
  ])
  const all = Buffer.concat(parts)
  const out: Uint8Array[] = []
  for (let at = 0; at < all.length; at += pieceLength)
    out.push(
      createHash('sha1')
        .update(all.subarray(at, at + pieceLength))
        .digest(),
    )
  return Buffer.concat(out)
}
