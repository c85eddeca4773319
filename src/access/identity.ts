import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError, systemWorld, toHex, type World } from '../base/index.ts'
import { decodeKeyFile, encodeKeyFile, maxKeyFileBytes, type PassphraseCost } from './key-file.ts'
import { type Identity, identityFromSeed } from './signing.ts'

export interface IdentityOptions {
  /** Opens a locked key file; locks a new one. */
  readonly passphrase?: string | undefined
  readonly world?: World
  readonly cost?: PassphraseCost
}

export interface LoadedIdentity extends Identity {
  /** Made just now: this home had none. */
  readonly created: boolean
  /** The key file is protected by a passphrase. */
  readonly locked: boolean
  /** What the user should know, in sentences. */
  readonly warnings: readonly string[]
}

/**
 * The identity of `home`, which is made on first use: HOME/identity.key, mode 0600. Several processes may do this at once;
 * all get the same identity. A file that others may read is repaired and reported in `warnings`, or refused when that fails.
 *
 * Throws `identity.damaged`, `identity.exposed`, `identity.unreadable`, `access.passphrase-needed`, `access.passphrase-wrong`.
 */
export async function loadIdentity(home: string, options: IdentityOptions = {}): Promise<LoadedIdentity> {
  const path = keyPath(home)
  const found = await readKey(path)
  if (found !== undefined) return await opened(found, options)
  const { passphrase, world = systemWorld, cost } = options
  const identity = identityFromSeed(world.random.bytes(32))
  const text = await encodeKeyFile(identity, world.random, passphrase, cost)
  if (await createKey(home, path, text, world))
    return Object.assign(identity, { created: true, locked: passphrase !== undefined, warnings: [] })
  // Another process was first; its identity is the one of this home.
  const winner = await readKey(path)
  if (winner === undefined)
    throw new PeerageError('identity.unreadable', `${path} vanished.`, { details: { path } })
  return await opened(winner, options)
}

/**
 * Adds (`next` only), changes (both) or removes (`current` only) the passphrase of the identity of `home`. The file is
 * replaced in one step. What stood in the old file may stay on the disk until it is written over.
 *
 * Throws as `loadIdentity` does; `identity.unreadable` when there is no key file.
 */
export async function changePassphrase(
  home: string,
  change: { readonly current?: string; readonly next?: string },
  options: Omit<IdentityOptions, 'passphrase'> = {},
): Promise<void> {
  const { world = systemWorld, cost } = options
  const path = keyPath(home)
  const found = await readKey(path)
  if (found === undefined)
    throw new PeerageError('identity.unreadable', `There is no ${path}.`, { details: { path } })
  const { identity } = await decodeKeyFile(found.text, change.current)
  const text = await encodeKeyFile(identity, world.random, change.next, cost)
  await onDisk(path, async () => {
    const temporary = await writeTemporary(path, text, world)
    await rename(temporary, path)
    await syncFolder(home)
  })
}

function keyPath(home: string): string {
  return join(home, 'identity.key')
}

interface KeyText {
  readonly text: string
  readonly warnings: string[]
}

async function opened(found: KeyText, { passphrase }: IdentityOptions): Promise<LoadedIdentity> {
  const { identity, locked } = await decodeKeyFile(found.text, passphrase)
  const warnings = [...found.warnings]
  if (!locked && passphrase !== undefined)
    warnings.push('A passphrase was given, but the identity key is not protected by one.')
  return Object.assign(identity, { created: false, locked, warnings })
}

async function readKey(path: string): Promise<KeyText | undefined> {
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
async function createKey(home: string, path: string, text: string, world: World): Promise<boolean> {
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

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
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
