import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'

export interface FlushRequest {
  /** Folder on the file system that holds all of them. */
  readonly base: string
  /** Absolute paths; one that is gone is passed over. */
  readonly files: readonly string[]
  readonly folders: readonly string[]
  /** With more files than this the whole file system is flushed in one go, where that can be done. */
  readonly oneByOne: number
}

/**
 * Makes what was written durable, without blocking: in libuv's threads, or by one `sync -f` process, which for
 * thousands of small files is far cheaper than a flush for each. Rejects with what the system said.
 */
export async function flushFiles({ base, files, folders, oneByOne }: FlushRequest): Promise<void> {
  if (files.length > oneByOne && process.platform === 'linux' && (await syncFileSystem(base))) return
  await inParallel(files, path => flush(path, 'r+'))
  if (process.platform !== 'win32') await inParallel(folders, path => flush(path, 'r'))
}

/** Opens fresh: any descriptor of a file flushes all of its pages. */
async function flush(path: string, flags: string): Promise<void> {
  try {
    const file = await open(path, flags)
    try {
      await (flags === 'r' ? file.sync() : file.datasync())
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

async function inParallel(paths: readonly string[], action: (path: string) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) await action(path)
  }
  await Promise.all([lane(), lane(), lane()])
}

/** False when there is no such command, or it does not know `-f` (busybox). */
function syncFileSystem(folder: string): Promise<boolean> {
  return new Promise(resolve => {
    const child = spawn('sync', ['-f', '--', folder], { stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('exit', code => resolve(code === 0))
  })
}
