import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError } from '../../base/index.ts'
import { diskErrorOf } from '../disk-errors.ts'
import { safeName, shown } from '../safe-name.ts'

/**
 * Makes a folder in another one and gives its path.
 *
 * @throws PeerageError `path.unsafe` for a name that would lead elsewhere or could not be seen as it is, `store.exists`, of kind `disk`
 */
export async function makeFolder(parent: string, name: string): Promise<string> {
  if (safeName(name, { exact: true }) !== name)
    throw new PeerageError('path.unsafe', `A folder cannot be called ${shown(name)}.`)
  const path = join(parent, name)
  try {
    await mkdir(path)
    return path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new PeerageError('store.exists', `${path} is there already.`, { details: { path } })
    throw diskErrorOf(error, 'writing', path)
  }
}
