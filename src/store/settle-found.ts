import type { Completion } from './completion.ts'
import type { FileRef, Stamp } from './io-jobs.ts'
import { sameStamp } from './stamps.ts'
import type { StoredParts } from './stored-parts.ts'

/** One file to be looked over. */
export interface CheckRequest {
  readonly file: number
  /** A wrong file under its final name is our own work, not a person's: it may become a part again. */
  readonly ours: boolean
  /** Only pieces that are not known to be there. */
  readonly onlyMissing: boolean
}

/** What was there to be hashed. */
export interface Found {
  readonly stage: 'final' | 'part'
  readonly ref: FileRef
  readonly stamp: Stamp
}

/** Brings the name and the stamp of a file in line with what hashing found in it. */
export async function settleFound(
  parts: StoredParts,
  completion: Completion,
  { file, ours }: CheckRequest,
  { stage, stamp }: Found,
): Promise<void> {
  const { files, bits, row, host } = parts
  const whole = bits.missing(file) === 0
  if (stage === 'final' && (whole || row.origin === 'share')) {
    if (!sameStamp(files.stamp(file), stamp)) host.pool.forget(files.retire(file))
    if (whole) completion.settleFile(file, stamp)
    else files.setFinal(file, stamp)
  } else if (stage === 'final') await reopen(parts, file, ours && isOurWork(parts, file, stamp))
  else if (whole && !files.isFinal(file)) await completion.fileDone(file, undefined)
  else if (!files.isFinal(file)) files.setPart(file, stamp)
}

/** A file that we wrote and that is damaged gets its part name back; one that a person changed is left alone. */
export async function reopen(
  { files, bits, host }: StoredParts,
  file: number,
  mayMove: boolean,
): Promise<void> {
  host.pool.forget(files.retire(file))
  files.clear(file)
  if (!mayMove) {
    bits.clearFile(file)
    return
  }
  try {
    const { base } = files
    await host.pool.run({ op: 'move', base, from: files.finalPath(file), to: files.partPath(file) })
  } catch (error) {
    bits.clearFile(file)
    throw error
  }
}

/** With the stamp that it was verified with, wrong content is decay of the disk; else somebody worked on it. */
export function isOurWork({ files }: StoredParts, file: number, stamp: Stamp): boolean {
  return !files.isFinal(file) || sameStamp(files.stamp(file), stamp)
}
