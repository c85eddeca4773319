import { useSyncExternalStore } from 'react'
import type { Picked } from '../api/upload.ts'
import { navigate } from './router.tsx'

/** What was dropped or chosen on one page and is for another. */
let waiting: Picked | undefined
const listeners = new Set<() => void>()

/** Goes to the page that knows what to do with it: archives and torrents are got, everything else is shared. */
export function handOver(picked: Picked): void {
  set(picked)
  navigate(isToGet(picked) ? '/get' : '/share')
}

export function isToGet({ files, folder }: Picked): boolean {
  return !folder && files.length === 1 && /\.(torrent|car)$/i.test(files[0]!.path)
}

/** What waits for this page. */
export function useHandedOver(): Picked | undefined {
  return useSyncExternalStore(follow, () => waiting)
}

export function takeOver(): void {
  set(undefined)
}

function follow(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function set(picked: Picked | undefined): void {
  waiting = picked
  for (const listener of [...listeners]) listener()
}

/** What a file chooser of the browser gave. */
export function pickedFrom(
  list: FileList | readonly File[],
  nameOfMany: (count: number) => string,
): Picked | undefined {
  const files = [...list]
  if (files.length === 0) return undefined
  const [first] = files
  if (files.length === 1)
    return { name: first!.name, folder: false, files: [{ path: first!.name, file: first! }] }
  return {
    name: nameOfMany(files.length),
    folder: true,
    files: uniquePaths(files.map(file => [file.name, file])),
  }
}

/** What was dropped, with all that is in folders. To be called at once: the browser forgets it after the event. */
export async function pickedFromDrop(
  data: DataTransfer,
  nameOfMany: (count: number) => string,
): Promise<Picked | undefined> {
  const entries = [...data.items].map(item => item.webkitGetAsEntry()).filter(entry => entry !== null)
  const loose = [...data.files]
  if (entries.length === 0) return pickedFrom(loose, nameOfMany)
  const found: [string, File][] = []
  for (const entry of entries) await walk(entry, '', found)
  const [root] = entries
  if (entries.length > 1) return { name: nameOfMany(entries.length), folder: true, files: uniquePaths(found) }
  if (root!.isDirectory) {
    const files = found.map(([path, file]) => ({ path: path.slice(root!.name.length + 1), file }))
    return files.length === 0 ? undefined : { name: root!.name, folder: true, files }
  }
  return pickedFrom(
    found.map(([, file]) => file),
    nameOfMany,
  )
}

function uniquePaths(files: readonly (readonly [string, File])[]): Picked['files'] {
  const seen = new Set<string>()
  return files.map(([path, file]) => {
    let name = path
    for (let turn = 2; seen.has(name); turn++) name = `${turn} ${path}`
    seen.add(name)
    return { path: name, file }
  })
}

async function walk(entry: FileSystemEntry, above: string, found: [string, File][]): Promise<void> {
  const path = above + entry.name
  if (entry.isFile) {
    found.push([
      path,
      await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)),
    ])
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A hundred at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))
    if (some.length === 0) return
    for (const one of some) await walk(one, `${path}/`, found)
  }
}
