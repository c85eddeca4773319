import { hash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import type { StoredContent } from '../../src/store/index.ts'

/** The merkle root of one segment as a believing caller knows it; segments are whole pieces here (at most 1 MiB). */
export function expectedRoot(share: StoredContent, piece: number): Uint8Array {
  const file = share.pieces.pieceFile(piece)
  if (file.pieceCount === 1) return file.piecesRoot!
  const at = (piece - file.firstPiece) * 32
  return share.pieceLayer(file.index)!.slice(at, at + 32)
}

/** Copies one piece through `read` and `accept`, as a swarm would. */
export async function copyPiece(from: StoredContent, to: StoredContent, piece: number): Promise<void> {
  const length = from.pieces.pieceSize(piece)
  const bytes = await from.read(piece, 0, length)
  const lease = to.lease(length)
  if (lease === undefined) throw new Error('no room')
  lease.bytes.set(bytes)
  const verdict = await to.accept({ piece, begin: 0, length, lease, expected: expectedRoot(from, piece) })
  if (!verdict.ok) throw new Error(`piece ${piece} was refused`)
}

/** Hands the layers over, then copies what is missing, several pieces at a time. */
export async function copyMissing(from: StoredContent, to: StoredContent, lanes = 4): Promise<void> {
  copyLayers(from, to)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let piece = next++; piece < from.pieceCount; piece = next++) {
      const file = from.pieces.pieceFile(piece).index
      if (!to.have.has(piece) && to.priority(file) !== 'skip') await copyPiece(from, to, piece)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

export function copyLayers(from: StoredContent, to: StoredContent): void {
  for (const { index } of from.content.files) {
    const layer = from.pieceLayer(index)
    if (layer !== undefined && to.pieceLayer(index) === undefined) to.setPieceLayer(index, layer)
  }
}

/** Every file and link below a folder with the hash of what is in it. */
export function treeOf(folder: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = `${entry.parentPath}/${entry.name}`
    const name = full.slice(folder.length + 1)
    if (entry.isSymbolicLink()) out[name] = `-> ${fs.readlinkSync(full)}`
    else if (entry.isFile())
      out[name] = `${fs.statSync(full).mode & 0o100} ${hash('sha256', fs.readFileSync(full))}`
  }
  return out
}

/** Bytes that are the same for the same seed and differ everywhere. */
export function bytesOf(seed: number, length: number): Uint8Array {
  const out = new Uint8Array(length)
  let state = seed >>> 0 || 1
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state & 255
  }
  return out
}

/** A new folder, in memory where the system has such a place: what is tested is order, not the disk's speed. */
export function scratchFolder(): string {
  const base = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  return fs.realpathSync(fs.mkdtempSync(`${base}/peerage-store-`))
}
