import { setImmediate } from 'node:timers/promises'
import { toHex } from '../../base/index.ts'
import type { Content, FileEntry } from '../../content/index.ts'
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
  const mayReplace = replaces(store, record)
  const select = selectionOf(content, record)
  const stored = await store.addDownload(content, {
    into,
    overwrite,
    select,
    ...(mayReplace && { mayReplace }),
  })
  if (layers !== undefined) await setLayers(stored, layersByFile(content, layers))
  return stored
}

/** A newer version takes the place of the files of the one before, and of no others. */
function replaces(store: Store, { updates }: TransferRecord): ((file: FileEntry) => boolean) | undefined {
  const before = updates === undefined ? undefined : store.get(updates)
  if (before === undefined) return undefined
  const paths = new Set(before.content.files.map(({ path }) => path.join('/')))
  return ({ path }) => paths.has(path.join('/'))
}

const layersAtOnce = 500

/** Of thousands of files only some at a time: nothing else happens meanwhile. */
async function setLayers(
  stored: StoredContent,
  layers: readonly (readonly [file: number, layer: Uint8Array])[],
): Promise<void> {
  for (let at = 0; at < layers.length; at += layersAtOnce) {
    stored.setPieceLayers(layers.slice(at, at + layersAtOnce))
    await setImmediate()
  }
}

function layersByFile(
  content: Content,
  layers: ReadonlyMap<string, Uint8Array>,
): [file: number, layer: Uint8Array][] {
  const out: [file: number, layer: Uint8Array][] = []
  for (const { index, piecesRoot, pieceCount } of content.files) {
    const layer = pieceCount > 1 && piecesRoot !== undefined ? layers.get(toHex(piecesRoot)) : undefined
    if (layer !== undefined) out.push([index, layer])
  }
  return out
}

/** The files that are wanted: named by the user, or by a magnet link; undefined is all. */
function selectionOf(content: Content, { choose, selectOnly }: TransferRecord): number[] | undefined {
  if (choose !== undefined) return [...matchFiles(content, choose)]
  return selectOnly?.filter(index => index < content.files.length)
}
