import { hash } from 'node:crypto'
import { PeerageError, toHex } from '../../base/index.ts'
import { encodeTorrent } from '../../content/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { ExportInput } from './inputs.ts'
import type { Transfer } from './transfer.ts'
import { writeNew } from './write-new.ts'

/** Writes the `.torrent` file of a content. Throws `store.exists`, `store.io`, `content.unknown`. */
export async function writeTorrent(
  transfer: Transfer,
  stored: StoredContent,
  { path, overwrite }: ExportInput,
): Promise<{ path: string; bytes: number }> {
  const { content } = stored
  const known = transfer.record.public
  const pieceLayers = new Map<string, Uint8Array>()
  for (const { index, pieceCount, piecesRoot } of content.files) {
    if (piecesRoot === undefined || pieceCount < 2) continue
    const layer = stored.pieceLayer(index)
    if (layer === undefined)
      throw new PeerageError(
        'content.unknown',
        'The hashes of its pieces are not all here yet; try again later.',
      )
    pieceLayers.set(toHex(piecesRoot), layer)
  }
  const bytes = encodeTorrent(
    {
      info: content.info,
      pieceLayers,
      trackers: known?.trackers,
      webSeeds: known?.webSeeds,
      httpSeeds: known?.httpSeeds,
      comment: known?.comment,
      createdBy: 'Peerage',
    },
    { hash: bytes => hash('sha256', bytes, 'buffer') },
  )
  await writeNew(path, bytes, overwrite)
  return { path, bytes: bytes.length }
}
