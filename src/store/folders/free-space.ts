import { realpath, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { diskErrorOf } from '../disk-errors.ts'

/** How much room there is for files at some path. */
export interface FreeSpace {
  /** The folder that was looked at: the path itself, or what of it is there already. */
  readonly folder: string
  /** For this user, in bytes. */
  readonly freeBytes: number
  readonly totalBytes: number
}

/** What of a path is there: itself or the next folder above, without links. Throws of kind `disk`. */
export async function existingFolder(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at))
    try {
      return await realpath(at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(at) === at)
        throw diskErrorOf(error, 'reading', at)
    }
}

/** Room on the disk where a path is or would be. Throws of kind `disk`. */
export async function freeSpace(path: string): Promise<FreeSpace> {
  const folder = await existingFolder(path)
  try {
    const { bavail, bsize, blocks } = await statfs(folder)
    return { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch (error) {
    throw diskErrorOf(error, 'reading', folder)
  }
}
