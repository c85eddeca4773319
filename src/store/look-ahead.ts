import { lstat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Content } from '../content/index.ts'
import { diskErrorOf } from './disk-errors.ts'
import { holdsExactNames } from './exact-names.ts'
import { FileTable, prepareLayout } from './file-table.ts'
import { existingFolder } from './folders/free-space.ts'
import type { StoreHost } from './host.ts'
import { safePaths } from './safe-path.ts'

/** What is where a file would go: nothing, an earlier try, a file of the same size, or something else. */
export type Standing = 'nothing' | 'part' | 'same-size' | 'other'

/** Where one file would go. */
export interface TargetFile {
  readonly index: number
  /** The whole path on this machine. */
  readonly path: string
  readonly standing: Standing
}

/** Where a content would go. */
export interface TargetPlan {
  /** Of the file, or of the folder around all files. */
  readonly path: string
  /** Something stands there already. */
  readonly isTaken: boolean
  /** The first ones. */
  readonly files: readonly TargetFile[]
}

/**
 * Says where `addDownload` would put the files of a content, and what stands there. Makes and changes nothing.
 *
 * @throws PeerageError `path.unsafe`, of kind `disk`
 */
export async function lookAhead(
  host: StoreHost,
  content: Content,
  into: string,
  limit: number,
): Promise<TargetPlan> {
  const there = await existingFolder(into)
  const exact = host.config.names === 'auto' && (await holdsExactNames(there))
  const full = resolve(into)
  const isThere = (await lstat(full).catch(() => undefined)) !== undefined
  const base = isThere ? there : full
  const target = safePaths([[content.name]], { exact }).paths[0]!
  await prepareLayout(content, exact)
  const table = new FileTable({
    content,
    origin: 'download',
    base,
    target,
    exact,
    overwrite: false,
    segmentLength: content.pieceLength,
    stamps: new Map(),
    priorities: undefined,
  })
  const path = `${base}/${target}`
  const isTaken = (await lstat(path).catch(() => undefined)) !== undefined
  const some = content.files.slice(0, limit)
  const paths = some.flatMap(({ index }) => [table.finalPath(index), table.partPath(index)])
  const stats = isThere ? await statsOf(host, base, paths) : []
  const files = some.map(({ index, size }, i): TargetFile => {
    const [final, part] = [stats[2 * i], stats[2 * i + 1]]
    return { index, path: `${base}/${table.finalPath(index)}`, standing: standingOf(size, final, part) }
  })
  return { path, isTaken, files }
}

interface Found {
  readonly kind: string
  readonly size: number
}

async function statsOf(host: StoreHost, base: string, paths: readonly string[]): Promise<readonly Found[]> {
  try {
    return await host.pool.run({ op: 'stat', base, paths })
  } catch (error) {
    throw diskErrorOf(error, 'reading', base)
  }
}

function standingOf(size: number, final: Found | undefined, part: Found | undefined): Standing {
  if (final !== undefined && final.kind !== 'missing')
    return final.kind === 'file' && final.size === size ? 'same-size' : 'other'
  return part?.kind === 'file' ? 'part' : 'nothing'
}
