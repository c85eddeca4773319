import fs from 'node:fs'
import { afterEach, beforeEach } from 'vitest'
import { PeerageError, systemWorld } from '../../src/base/index.ts'
import {
  type DownloadOptions,
  openStore,
  type Store,
  type StoredContent,
  type StoredEvents,
} from '../../src/store/index.ts'
import { bytesOf, scratchFolder } from './copy-content.ts'

/** Scratch folder of the running test. */
export let root: string
const open = new Set<Store>()

beforeEach(() => {
  root = scratchFolder()
})

afterEach(async () => {
  for (const store of open) await store.close()
  open.clear()
  fs.rmSync(root, { recursive: true, force: true })
})

export async function start(name: string): Promise<Store> {
  const store = await openStore({ home: `${root}/${name}`, world: systemWorld, workers: 2 })
  open.add(store)
  return store
}

export async function stop(store: Store): Promise<void> {
  open.delete(store)
  await store.close()
}

export function write(path: string, bytes: Uint8Array | string, mode = 0o644): void {
  fs.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true })
  fs.writeFileSync(`${root}/${path}`, bytes, { mode })
}

export function makeFolder(): void {
  write('src/a.txt', 'hello')
  write('src/empty', '')
  write('src/sub/big.bin', bytesOf(1, 700_001))
  write('src/sub/deep/run.sh', '#!/bin/sh\n', 0o755)
  for (let i = 0; i < 8; i++) write(`src/many/${i}`, bytesOf(i + 2, 1000 + i))
  fs.symlinkSync('../a.txt', `${root}/src/sub/link`)
}

export async function pair(options: Partial<DownloadOptions> = {}): Promise<{
  a: Store
  b: Store
  share: StoredContent
  download: StoredContent
}> {
  makeFolder()
  const a = await start('A')
  const b = await start('B')
  const share = await a.createShare(`${root}/src`)
  const download = await b.addDownload(share.content, { into: `${root}/out`, ...options })
  return { a, b, share, download }
}

export function heard<Name extends keyof StoredEvents>(
  stored: StoredContent,
  name: Name,
): Promise<StoredEvents[Name]> {
  return new Promise(resolve => stored.on(name, resolve))
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
}
