import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { type ErrorCode, PeerageError } from '../../base/index.ts'
import { openRegular } from '../../store/index.ts'

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

/** Memory that parts of a file are read into, one after the other: what is new for each, V8 would spend more time on than all else takes. */
export interface Room {
  readonly bytes: Uint8Array
  /** Resolves when nobody looks at what is in it any more. */
  free: Promise<unknown>
}

export interface Stretch {
  readonly room: Room
  /** What there is in the room. */
  readonly bytes: Uint8Array
  /** How many of them were not in the stretch before. */
  readonly added: number
}

/**
 * A file that the user named, in stretches that fill one of the rooms each, in turns. As many bytes as `takeBack` says come once more at the beginning
 * of the next stretch; fewer than a room has. Throws `store.source-unreadable`.
 */
export async function* readUserFile(
  path: string,
  rooms: readonly Room[],
  takeBack: () => number,
): AsyncGenerator<Stretch> {
  const failed = unreadable(path)
  await using file = await openRegular(path).catch(failed)
  let last: Uint8Array = new Uint8Array(0)
  for (let turn = 0; ; turn++) {
    const room = rooms[turn % rooms.length]!
    await room.free
    const left = takeBack()
    // Natively, which `set` into shared memory is not.
    Buffer.from(last.buffer).copy(
      room.bytes,
      0,
      last.byteOffset + last.length - left,
      last.byteOffset + last.length,
    )
    const added = await fill(file, room.bytes.subarray(left)).catch(failed)
    last = room.bytes.subarray(0, left + added)
    yield { room, bytes: last, added }
    if (last.length < room.bytes.length) return
  }
}

/** Fewer bytes than there is room for only where the file ends. */
async function fill(file: FileHandle, room: Uint8Array): Promise<number> {
  let at = 0
  while (at < room.length) {
    const { bytesRead } = await file.read(room, at, room.length - at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return at
}

function unreadable(path: string): (cause: unknown) => never {
  return cause => {
    if (cause instanceof PeerageError) throw cause
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
