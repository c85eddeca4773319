import { constants } from 'node:fs'
import { link, lstat, mkdir, mkdtemp, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PeerageError } from '../../base/index.ts'
import { diskErrorOf } from '../disk-errors.ts'
import { holdsExactNames } from '../exact-names.ts'
import { safeName, withMark } from '../safe-name.ts'
import { safePaths } from '../safe-path.ts'
import { freeSpace } from './free-space.ts'

/** One file that will come. */
export interface UploadFile {
  /** Names from the root down; of a single file just its name. Hostile text. */
  readonly path: readonly string[]
  /** In bytes. */
  readonly size: number
}

export interface UploadPlan {
  /** Folder in which the file or folder will stand; created when missing. */
  readonly folder: string
  /** What it is called there. */
  readonly name: string
  /** One file without a folder around it. */
  readonly singleFile: boolean
  readonly files: readonly UploadFile[]
}

const stagingPrefix = '.upload-'
const inner = 'files'
/** What was left by a crash is deleted when it is older than this: another peer may use the same folder. */
const leftoverMs = 24 * 3_600_000
/** Room that an upload leaves on the disk. */
const keepFreeBytes = 16 * 2 ** 20

/**
 * Files that come from a browser. They are written to a hidden folder beside their place, and get there in one step when all of
 * them are whole; until then nobody sees them, and after `discard` nothing is left.
 */
export class Upload {
  readonly plan: UploadPlan
  readonly totalBytes: number
  /** The folder where it will stand, without links. */
  readonly folder: string
  readonly #staging: string
  readonly #paths: readonly string[]
  readonly #exact: boolean
  readonly #whole = new Set<number>()
  readonly #running = new Map<number, Promise<void>>()
  #ended = false

  private constructor(parts: {
    plan: UploadPlan
    folder: string
    staging: string
    paths: readonly string[]
    exact: boolean
  }) {
    this.plan = parts.plan
    this.folder = parts.folder
    this.#staging = parts.staging
    this.#paths = parts.paths
    this.#exact = parts.exact
    this.totalBytes = totalOf(parts.plan)
  }

  /**
   * Makes room for files that will come.
   *
   * @throws PeerageError `path.unsafe` when a name would leave the folder, `store.disk-full` before anything is sent, of kind `disk`
   */
  static async begin(plan: UploadPlan): Promise<Upload> {
    // Before anything is made on the disk: names that would escape are refused.
    safePaths([[plan.name], ...plan.files.map(({ path }) => path)], { exact: false })
    const { freeBytes } = await freeSpace(plan.folder)
    const needed = totalOf(plan)
    if (needed > freeBytes - keepFreeBytes)
      throw new PeerageError('store.disk-full', `There is not enough room for that in ${plan.folder}.`, {
        details: { path: plan.folder, needed, free: freeBytes },
      })
    try {
      await mkdir(plan.folder, { recursive: true })
      const folder = await realpath(plan.folder)
      const exact = await holdsExactNames(folder)
      const files = plan.singleFile ? [[plan.name]] : plan.files.map(({ path }) => path)
      const { paths } = safePaths(files, { exact })
      // Others of this machine do not look into it while it is not whole; what is in it gets the usual mode.
      const staging = await mkdtemp(join(folder, stagingPrefix))
      await mkdir(join(staging, inner))
      return new Upload({ plan, folder, staging, paths, exact })
    } catch (error) {
      throw diskErrorOf(error, 'writing', plan.folder)
    }
  }

  get isWhole(): boolean {
    return this.#whole.size === this.plan.files.length
  }

  /**
   * Writes one of the files as its bytes come; a file that comes again replaces what came of it before.
   *
   * @throws PeerageError `usage.invalid` when there is no such file, it comes twice at once or is not as long as was said, of kind `disk`;
   * what the bytes throw
   */
  async receive(index: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const file = this.plan.files[index]
    if (file === undefined || this.#ended || this.#running.has(index))
      throw new PeerageError('usage.invalid', 'No such file is expected now.')
    this.#whole.delete(index)
    const path = join(this.#staging, inner, this.#paths[index]!)
    const writing = this.#write(path, file.size, bytes)
    const settled = writing.then(
      () => void this.#whole.add(index),
      () => rm(path, { force: true }),
    )
    this.#running.set(index, settled)
    try {
      await writing
    } finally {
      await settled
      this.#running.delete(index)
    }
  }

  async #write(path: string, size: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0)
    let written = 0
    try {
      await mkdir(dirname(path), { recursive: true })
      await using file = await open(path, flags, 0o644)
      for await (const chunk of bytes) {
        written += chunk.length
        if (written > size || this.#ended) break
        await file.writeFile(chunk)
      }
      if (this.#ended) throw new PeerageError('usage.invalid', 'The upload was cancelled.')
      if (written === size) await file.datasync()
    } catch (error) {
      // What the sender did, such as going away, is no fault of the disk.
      throw (error as NodeJS.ErrnoException).syscall === undefined
        ? error
        : diskErrorOf(error, 'writing', path)
    }
    if (written !== size)
      throw new PeerageError(
        'usage.invalid',
        'The file is not as long as was said; it changed while it was sent.',
      )
  }

  /** Puts the whole at its place, beside what is there already, and gives its path. Throws `usage.invalid`, of kind `disk`. */
  async finish(): Promise<string> {
    if (!this.isWhole || this.#ended || this.#running.size > 0)
      throw new PeerageError('usage.invalid', 'Some of the files have not come yet.')
    this.#ended = true
    const { singleFile } = this.plan
    const name = safeName(this.plan.name, { exact: this.#exact })
    const from = join(this.#staging, inner, ...(singleFile ? [this.#paths[0]!] : []))
    try {
      for (let turn = 1; ; turn++) {
        const path = join(this.folder, turn === 1 ? name : withMark(name, ` (${turn})`))
        if (!(await (singleFile ? placeFile(from, path) : placeFolder(from, path)))) continue
        await rm(this.#staging, { recursive: true, force: true })
        return path
      }
    } catch (error) {
      this.#ended = false
      throw diskErrorOf(error, 'writing', this.folder)
    }
  }

  /** Nothing of it is left. */
  async discard(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#running.values())
    await discardUploaded(this.#staging)
  }
}

/**
 * Deletes what came to be opened only: a path that `finish` gave, or the whole folder of such files.
 *
 * @throws PeerageError of kind `disk`
 */
export async function discardUploaded(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(error => {
    throw diskErrorOf(error, 'writing', path)
  })
}

/** Deletes what uploads of long ago left in a folder when the power went. */
export async function sweepUploads(folder: string, nowMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(stagingPrefix)) continue
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    if (found?.isDirectory() && nowMs - found.mtimeMs > leftoverMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

function totalOf({ files }: UploadPlan): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}

/** False: something of that name is there. */
async function placeFile(from: string, to: string): Promise<boolean> {
  try {
    // Unlike `rename` it replaces nothing.
    await link(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
  }
  // File systems of memory sticks know no second name of a file.
  if ((await lstat(to).catch(() => undefined)) !== undefined) return false
  await rename(from, to)
  return true
}

/** The same for a folder. */
async function placeFolder(from: string, to: string): Promise<boolean> {
  if ((await lstat(to).catch(() => undefined)) !== undefined) return false
  await rename(from, to)
  return true
}
