import { copyFile, type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError, toHex, type World } from '../base/index.ts'
import { maxKeyFileBytes } from './key-file.ts'

export function keyPath(home: string): string {
  return join(home, 'identity.key')
}

export interface KeyText {
  readonly text: string
  readonly warnings: string[]
}

export async function readKey(path: string): Promise<KeyText | undefined> {
  return await onDisk(path, async () => {
    const file = await openExisting(path)
    if (file === undefined) return undefined
    try {
      const warnings = await hideFromOthers(file, path)
      return { text: await readBounded(file), warnings }
    } finally {
      await file.close()
    }
  })
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Checks and repairs the mode of the open file, so that the file that is checked is the file that is read. */
async function hideFromOthers(file: FileHandle, path: string): Promise<string[]> {
  const before = await file.stat()
  if (!before.isFile())
    throw new PeerageError('identity.damaged', `${path} is not a file.`, { details: { path } })
  if (process.platform === 'win32' || (before.mode & 0o077) === 0) return []
  await file.chmod(0o600).catch(() => undefined)
  if (((await file.stat()).mode & 0o077) !== 0)
    throw new PeerageError('identity.exposed', `Other users of this machine can read ${path}.`, {
      details: { path },
    })
  return [
    `${path} could be read by other users of this machine (mode ${(before.mode & 0o777).toString(8)}); it no longer can. If somebody may have copied it, move it away to get a new identity.`,
  ]
}

async function readBounded(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(maxKeyFileBytes + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
    length += bytesRead
    if (bytesRead === 0) return buffer.toString('utf8', 0, length)
    if (length > maxKeyFileBytes)
      throw new PeerageError('identity.damaged', 'The identity key file is damaged: it is too long.')
  }
}

/** Puts a complete file in place, or gives false when there is one already. */
export async function createKey(home: string, path: string, text: string, world: World): Promise<boolean> {
  return await onDisk(path, async () => {
    await mkdir(home, { recursive: true, mode: 0o700 })
    const temporary = await writeTemporary(path, text, world)
    try {
      // A link, not a rename: it fails when the name is taken, so of several processes exactly one makes the identity.
      await link(temporary, path)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      if (!withoutLinks.has(codeOf(error) ?? '')) throw error
      return await createDirectly(path, text)
    } finally {
      await rm(temporary, { force: true })
    }
    await syncFolder(home)
    return true
  })
}

/** What file systems without hard links (FAT, some network shares) answer. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** As safe as it gets there: one process wins, but another may read the file before it is complete, and say "damaged". */
async function createDirectly(path: string, text: string): Promise<boolean> {
  try {
    await writeNew(path, text)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function writeTemporary(path: string, text: string, world: World): Promise<string> {
  const temporary = `${path}.${process.pid}-${toHex(world.random.bytes(8))}.tmp`
  await writeNew(temporary, text)
  return temporary
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** Makes a new name durable. Not possible on Windows, where it is not needed. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PeerageError || codeOf(error) === undefined) throw error
    throw new PeerageError('identity.unreadable', `${path} cannot be read or written (${codeOf(error)}).`, {
      details: { path },
      cause: error,
    })
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** A second name for the key file, which stays when the first one is given to another. */
export async function keepAside(home: string, path: string, name: string): Promise<string> {
  const aside = join(home, `identity-${name}.key`)
  await rm(aside, { force: true })
  try {
    await link(path, aside)
  } catch (error) {
    if (!withoutLinks.has(codeOf(error) ?? '')) throw error
    await copyFile(path, aside)
  }
  await syncFolder(home)
  return aside
}

/** Puts a complete file in the place of another, in one step. */
export async function replaceKey(home: string, path: string, text: string, world: World): Promise<void> {
  const temporary = await writeTemporary(path, text, world)
  await rename(temporary, path)
  await syncFolder(home)
}
