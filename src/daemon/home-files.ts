import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What HOME/daemon.json tells about the running daemon. */
export interface DaemonInfo {
  readonly pid: number
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly socket: string
}

/** Longest path of a Unix socket that every system takes (104 bytes with its end on macOS, 108 on Linux). */
const longestSocketPath = 100

/**
 * Where the API of this home listens besides TCP. A home whose path is too long for a socket gets one in a private folder
 * of the system's temporary folder; on Windows it is a named pipe.
 */
export function socketPath(home: string): string {
  const path = join(resolve(home), 'api.sock')
  if (process.platform === 'win32') return `\\\\.\\pipe\\peerage-${shortHash(path)}`
  if (Buffer.byteLength(path) <= longestSocketPath) return path
  const folder = `peerage-${process.getuid?.() ?? 0}-${shortHash(path)}`
  return join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), folder, 'api.sock')
}

/** Rarely needed, so that `node:crypto` is not loaded for every command. */
function shortHash(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

/** Makes the folder of the socket, private to this user, and removes a socket that nobody listens on any more. */
export function prepareSocket(path: string, home: string): void {
  if (process.platform === 'win32') return
  const folder = join(path, '..')
  if (folder !== resolve(home)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(folder)
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
      throw new Error(`${folder} belongs to somebody else; choose a home with a shorter path`)
  }
  rmSync(path, { force: true })
}

/** The secret that every request must show: 32 random bytes in hexadecimal, made on first use, readable by the user alone. */
export function loadToken(home: string, randomBytes: (length: number) => Uint8Array): string {
  const token = readToken(home)
  if (token !== undefined) return token
  const made = Buffer.from(randomBytes(32)).toString('hex')
  writePrivate(join(home, 'api.token'), `${made}\n`)
  return made
}

/** The token of a home, or undefined when there is none yet. */
export function readToken(home: string): string | undefined {
  const text = readIfThere(join(home, 'api.token'))?.trim()
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : undefined
}

export function readDaemonInfo(home: string): DaemonInfo | undefined {
  const text = readIfThere(join(home, 'daemon.json'))
  try {
    return text === undefined ? undefined : (JSON.parse(text) as DaemonInfo)
  } catch {
    return undefined
  }
}

export function writeDaemonInfo(home: string, info: DaemonInfo): void {
  writePrivate(join(home, 'daemon.json'), `${JSON.stringify(info, null, 2)}\n`)
}

export function removeDaemonInfo(home: string): void {
  rmSync(join(home, 'daemon.json'), { force: true })
}

/** Text of a file of the home; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Replaces a file of the home in one step; only this user can read it. */
export function writePrivate(path: string, text: string): void {
  const beside = `${path}.new`
  rmSync(beside, { force: true })
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true })
  chmodSync(beside, 0o600)
  renameSync(beside, path)
}
