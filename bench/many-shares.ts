import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type PeerageDaemon, startPeerage } from './peerage-daemon.ts'
import { makeWorkFolder, type WorkFolder, writeRandomFile } from './test-data.ts'

const fileSize = 64 * 1024
const atOnce = 8

/** A home with so many shares, each one a small file. */
export interface ManyShares extends AsyncDisposable {
  readonly home: string
}

/** Makes a home and shares `count` files in it; no daemon runs on it when this is done. */
export async function makeManyShares(count: number): Promise<ManyShares> {
  const work = await makeWorkFolder()
  const home = join(work.path, 'home')
  await using daemon = await startPeerage(home)
  const paths = await writeFiles(work, count)
  await Promise.all(Array.from({ length: atOnce }, () => shareFrom(paths, daemon)))
  return { home, [Symbol.asyncDispose]: () => work[Symbol.asyncDispose]() }
}

async function writeFiles(work: WorkFolder, count: number): Promise<string[]> {
  const folder = join(work.path, 'files')
  await mkdir(folder)
  const paths = Array.from({ length: count }, (_, index) => join(folder, `${index}.bin`))
  for (const path of paths) await writeRandomFile(path, fileSize)
  return paths
}

async function shareFrom(paths: string[], daemon: PeerageDaemon): Promise<void> {
  for (let path = paths.pop(); path !== undefined; path = paths.pop())
    await daemon.call('files.share', { path })
}
