import { toHex } from '../../base/index.ts'
import type { Content } from '../../content/index.ts'
import type { Store, StoredContent } from '../../store/index.ts'
import { matchFiles } from './choice.ts'
import type { TransferRecord } from './record.ts'

/** Makes room on disk for content whose metadata is known, as its record says. Throws what `addDownload` and `matchFiles` throw. */
export async function placeContent(
  store: Store,
  content: Content,
  record: TransferRecord,
  layers?: ReadonlyMap<string, Uint8Array>,
): Promise<StoredContent> {
  if (record.public !== undefined && content.infoHashV1 !== undefined)
    record.public.infoHashV1 = toHex(content.infoHashV1)
  const { into = '.', overwrite = false } = record
  const stored = await store.addDownload(content, { into, overwrite, select: selectionOf(content, record) })
  for (const file of layers === undefined ? [] : content.files) {
    const layer = file.piecesRoot && layers?.get(toHex(file.piecesRoot))
    if (layer !== undefined && file.pieceCount > 1) stored.setPieceLayer(file.index, layer)
  }
  return stored
}

/** The files that are wanted: named by the user, or by a magnet link; undefined is all. */
function selectionOf(content: Content, { choose, selectOnly }: TransferRecord): number[] | undefined {
  if (choose !== undefined) return [...matchFiles(content, choose)]
  return selectOnly?.filter(index => index < content.files.length)
}
