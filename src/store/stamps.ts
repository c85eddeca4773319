import type { Stamp } from './io-jobs.ts'

/** True when, as far as the file system tells, it is the same file with the same bytes. */
export function sameStamp(a: Stamp | undefined, b: Stamp): boolean {
  return a !== undefined && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino
}
