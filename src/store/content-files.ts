import type { FileTable } from './file-table.ts'
import type { Stamp } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'

/** One thing on disk that belongs to a content, and how it is called below the base at the old and at the new place. */
export interface ContentFile {
  readonly file: number
  readonly from: string
  readonly to: string
  /** A part, or a file under its final name; only these have bytes. */
  readonly stage: 'part' | 'final' | 'empty' | 'symlink'
}

export interface FoundContentFile extends ContentFile {
  readonly stamp: Stamp
}

const statsAtOnce = 4096

/** Everything that a content may have on disk, and its name there and at another place. */
export function filesOf(files: FileTable, there: FileTable): ContentFile[] {
  return files.content.files.map(({ index: file, size, symlink }) => {
    const final = { file, from: files.finalPath(file), to: there.finalPath(file) }
    if (symlink !== undefined) return { ...final, stage: 'symlink' }
    if (size === 0) return { ...final, stage: 'empty' }
    if (files.isFinal(file)) return { ...final, stage: 'final' }
    return { file, from: files.partPath(file), to: there.partPath(file), stage: 'part' }
  })
}

/** Those of them that are there. */
export async function onDisk(
  pool: IoPool,
  base: string,
  asked: readonly ContentFile[],
): Promise<FoundContentFile[]> {
  const found: FoundContentFile[] = []
  for (let at = 0; at < asked.length; at += statsAtOnce) {
    const some = asked.slice(at, at + statsAtOnce)
    const stats = await pool.run({ op: 'stat', base, paths: some.map(({ from }) => from) })
    some.forEach((one, i) => {
      const { kind, size, mtimeMs, ino } = stats[i]!
      const fits = one.stage === 'symlink' ? kind === 'other' : kind === 'file'
      // A file of bytes where an empty one should be is somebody else's.
      if (fits && (one.stage !== 'empty' || size === 0)) found.push({ ...one, stamp: { size, mtimeMs, ino } })
    })
  }
  return found
}

export function hasBytes({ stage }: ContentFile): boolean {
  return stage === 'final' || stage === 'part'
}
