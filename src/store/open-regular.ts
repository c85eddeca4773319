import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { PeerageError } from '../base/index.ts'

/**
 * Opens a file that the user named, to read it. A pipe that nobody writes to would hold a thread for ever, of which there are four, and a device would
 * never end: both are refused. Throws `store.source-unreadable` for them, and what the system says.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  // Windows has neither such pipes nor this.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if ((await file.stat()).isFile()) return file
    throw new PeerageError(
      'store.source-unreadable',
      `${path} is no file, but a folder, a pipe or a device.`,
      {
        details: { path },
      },
    )
  } catch (error) {
    await file.close()
    throw error
  }
}
