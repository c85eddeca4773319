import { createCipheriv, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const chunkSize = 4 * 1024 * 1024

/** A folder outside the repository that is removed with everything in it when it is disposed of. */
export interface WorkFolder extends AsyncDisposable {
  readonly path: string
  /** A new, empty folder inside. */
  folder(name: string): Promise<string>
}

/** Makes a work folder in the system's place for temporary files. */
export async function makeWorkFolder(): Promise<WorkFolder> {
  const path = await mkdtemp(join(tmpdir(), 'peerage-bench-'))
  return {
    path,
    folder: name => mkdtemp(join(path, `${name}-`)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Writes a file of random bytes: the key stream of a cipher, far faster than the system's generator. */
export async function writeRandomFile(path: string, size: number): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16))
  const zeros = Buffer.alloc(chunkSize)
  const file = await open(path, 'wx')
  try {
    for (let at = 0; at < size; at += chunkSize)
      await file.writeFile(cipher.update(zeros.subarray(0, Math.min(chunkSize, size - at))))
  } finally {
    await file.close()
  }
}

/** Writes `count` files of random bytes, a hundred to a folder. */
export async function writeRandomFolder(path: string, count: number, size: number): Promise<void> {
  const bytes = randomBytes(size + count)
  for (let index = 0; index < count; index += 1) {
    const folder = join(path, `d${String(Math.floor(index / 100)).padStart(4, '0')}`)
    if (index % 100 === 0) await mkdir(folder, { recursive: true })
    const content = Buffer.from(bytes.subarray(index, index + size))
    content.writeUInt32LE(index)
    await writeFile(join(folder, `f${String(index).padStart(6, '0')}`), content)
  }
}

/** Reads every file once, so that each system finds the source in the page cache. Resolves to the bytes of all. */
export async function warm(path: string): Promise<number> {
  let bytes = 0
  for (const file of await filesBelow(path))
    for await (const chunk of createReadStream(file, { highWaterMark: chunkSize })) bytes += chunk.length
  return bytes
}

/**
 * Has the kernel use half as much memory again as `bytes` will take, and let it go: a virtual machine that gave its free memory back to its
 * host pays two seconds a GB for the first touch of it, which would be most of what receiving costs, and come and go by chance.
 */
export async function touchMemory(work: WorkFolder, bytes: number): Promise<void> {
  const ballast = join(await work.folder('ballast'), 'zeros')
  await writeFile(ballast, zeros(1.5 * bytes))
  await rm(ballast)
}

function* zeros(bytes: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(chunkSize)
  for (let at = 0; at < bytes; at += chunkSize) yield chunk.subarray(0, Math.min(chunkSize, bytes - at))
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return [path]
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}
