import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { type ErrorCode, PeerageError } from '../../base/index.ts'

const writing: Readonly<Record<string, ErrorCode>> = {
  EEXIST: 'store.exists',
  ENOSPC: 'store.disk-full',
  EDQUOT: 'store.disk-full',
  EROFS: 'store.read-only',
  EACCES: 'store.read-only',
  ENOENT: 'store.target-missing',
}

/**
 * Writes a file that the user named: beside it first, as PATH.part, so that what is cut off stands nowhere. What `write` returns is told last,
 * when the file is where it should be. Throws `store.exists`, `store.io` and
 * others of kind `disk`, and what `write` throws.
 */
export async function* writeUserFile<T>(
  path: string,
  overwrite: boolean,
  write: (file: FileHandle) => AsyncGenerator<T, T>,
): AsyncGenerator<T> {
  const part = `${path}.part`
  const told = inWords(path)
  if (!overwrite && (await stat(path).catch(() => undefined)) !== undefined)
    throw new PeerageError('store.exists', `${path} is there already; --overwrite replaces it.`)
  const file = await open(part, 'w').catch(told)
  let last: T | undefined
  try {
    const made = yield* write(file)
    await file.sync()
    last = made
  } catch (error) {
    throw isSystemError(error) ? told(error) : error
  } finally {
    await file.close()
    if (last !== undefined) await rename(part, path).catch(told)
    else await rm(part, { force: true })
  }
  yield last
}

/** In bytes. Throws `store.source-unreadable`. */
export async function userFileSize(path: string): Promise<number> {
  return (await stat(path).catch(unreadable(path))).size
}

/** The chunks of a file that the user named. Throws `store.source-unreadable`. */
export async function* readUserFile(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const failed = unreadable(path)
  await using file = await open(path).catch(failed)
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes)).catch(failed)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

function unreadable(path: string): (cause: unknown) => never {
  return cause => {
    throw new PeerageError('store.source-unreadable', `${path} cannot be read.`, { cause })
  }
}

function inWords(path: string): (cause: unknown) => never {
  return cause => {
    const code = writing[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'store.io'
    throw new PeerageError(code, `${path} cannot be written.`, { cause })
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
}
