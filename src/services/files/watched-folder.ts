import { type FSWatcher, watch } from 'node:fs'
import { lstat, readdir, rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { maxLinkLength } from '../../content/index.ts'
import { openRegular } from '../../store/index.ts'
import type { FilesHost } from './host.ts'
import type { GetInput } from './inputs.ts'

/** A file that cannot be read as what its name says is being written, until it has been like that for so long. */
export const patienceMs = 10_000

/** How many links one `.magnet` file may hold, one a line. */
export const maxLinksPerFile = 100

export interface WatchedFolderParts {
  readonly world: World
  readonly folder: string
  /** How often the folder is looked at; what the system tells comes earlier, and not from every disk. */
  readonly lookMs: number
  /** Adds what a link or the path of a `.torrent` file names. Throws when it is neither. */
  add(link: string): Promise<void>
  /** Told once a file is dealt with; `error`: why it was renamed to `NAME.invalid`. */
  done(path: string, error?: PeerageError): void
}

interface Look {
  readonly size: number
  readonly mtimeMs: number
  /** When it was first seen like this. */
  readonly since: number
}

/**
 * Adds `.torrent` and `.magnet` files that are put into a folder: each once, for afterwards it is called `NAME.added`. One that
 * cannot be renamed is remembered while this runs; added again later it is known, and nothing happens.
 */
export class WatchedFolder {
  readonly #parts: WatchedFolderParts
  readonly #looks = new Map<string, Look>()
  /** Dealt with, but not renamed. */
  readonly #settled = new Map<string, string>()
  #timer: Timer | undefined
  #watcher: FSWatcher | undefined
  #looking: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(parts: WatchedFolderParts) {
    this.#parts = { ...parts, folder: resolve(parts.folder) }
  }

  start(): void {
    const { world, lookMs } = this.#parts
    this.#timer = world.every(lookMs, () => void this.look())
    void this.look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    this.#watcher?.close()
    await this.#looking
  }

  /** Looks now, or once more when it is looking. Done when there is no more to look at. */
  look(): Promise<void> {
    this.#again = true
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookOn(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      await this.#lookAround()
    }
  }

  async #lookAround(): Promise<void> {
    const { folder } = this.#parts
    // A folder that is not there yet is looked for again.
    const names = await readdir(folder).catch(() => undefined)
    if (names === undefined) return
    this.#listen()
    const found = names.filter(name => /\.(torrent|magnet)$/i.test(name))
    for (const name of found) if (!this.#stopped) await this.#lookAt(`${folder}/${name}`)
    for (const path of this.#looks.keys())
      if (!found.includes(path.slice(folder.length + 1))) this.#looks.delete(path)
  }

  #listen(): void {
    if (this.#watcher !== undefined) return
    try {
      this.#watcher = watch(this.#parts.folder, { persistent: false }, () => void this.look())
      this.#watcher.on('error', () => {
        this.#watcher?.close()
        this.#watcher = undefined
      })
    } catch {
      // Some disks cannot tell: they are looked at.
    }
  }

  async #lookAt(path: string): Promise<void> {
    const stat = await lstat(path).catch(() => undefined)
    if (!stat?.isFile() || this.#settled.get(path) === stampOf(stat)) return
    const now = this.#parts.world.now()
    const before = this.#looks.get(path)
    const isSame = before?.size === stat.size && before.mtimeMs === stat.mtimeMs
    const look: Look = isSame ? before : { size: stat.size, mtimeMs: stat.mtimeMs, since: now }
    this.#looks.set(path, look)
    try {
      for (const link of await linksIn(path)) await this.#parts.add(link)
      await this.#settle(path, 'added', stat)
    } catch (error) {
      if (now - look.since < patienceMs) return
      const told = error instanceof PeerageError ? error : new PeerageError('link.invalid', String(error))
      await this.#settle(path, 'invalid', stat, told)
    }
  }

  async #settle(
    path: string,
    as: 'added' | 'invalid',
    stat: { readonly size: number; readonly mtimeMs: number },
    error?: PeerageError,
  ): Promise<void> {
    this.#looks.delete(path)
    await rename(path, await freeName(`${path}.${as}`)).catch(() => this.#settled.set(path, stampOf(stat)))
    this.#parts.done(path, error)
  }
}

/** What is put into the folder that the configuration names is fetched. Undefined when it names none. */
export function watchFolder(
  { world, config, emit }: FilesHost,
  get: (input: GetInput) => AsyncIterable<unknown>,
): WatchedFolder | undefined {
  const { watchFolder: folder, watchInto, watchMs: lookMs } = config
  if (folder === '') return undefined
  const add = async (link: string): Promise<void> => {
    const into = watchInto === '' ? undefined : watchInto
    for await (const _ of get({ link, into, background: true }));
  }
  const done = (path: string, error?: PeerageError): void => {
    if (error === undefined) emit({ type: 'watch.added', path })
    else emit({ type: 'watch.refused', path, code: error.code, message: error.message })
  }
  return new WatchedFolder({ world, folder, lookMs, add, done })
}

function stampOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${size} ${mtimeMs}`
}

/** A `.torrent` file is its own link; a `.magnet` file holds one a line. Throws `link.invalid`. */
async function linksIn(path: string): Promise<readonly string[]> {
  if (/\.torrent$/i.test(path)) return [path]
  await using file = await openRegular(path)
  const { size } = await file.stat()
  if (size > maxLinksPerFile * maxLinkLength)
    throw new PeerageError('link.invalid', `${path} is too large for a file of links.`)
  const links = (await file.readFile('utf8')).split(/\s+/).filter(line => line !== '')
  if (links.length === 0 || links.length > maxLinksPerFile)
    throw new PeerageError('link.invalid', `${path} must hold 1 to ${maxLinksPerFile} links.`)
  return links
}

async function freeName(path: string): Promise<string> {
  for (let i = 1; ; i++) {
    const name = i === 1 ? path : `${path}.${i}`
    if ((await lstat(name).catch(() => undefined)) === undefined) return name
  }
}
