import { open } from 'node:fs/promises'
import { PeerageError } from '../../base/index.ts'

/** Writes a file that the user named. Throws `store.exists`, `store.io`. */
export async function writeNew(path: string, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  try {
    await using file = await open(path, overwrite ? 'w' : 'wx')
    await file.writeFile(bytes)
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw exists
      ? new PeerageError('store.exists', `${path} is there already; --overwrite replaces it.`, { cause })
      : new PeerageError('store.io', `${path} cannot be written.`, { cause })
  }
}
