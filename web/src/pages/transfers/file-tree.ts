import type { Answer } from '../../api/client.ts'

export type FileRow = Answer<'files.files'>[number]
export type Priority = FileRow['priority']

export interface FolderRow {
  readonly kind: 'folder'
  readonly path: string
  readonly name: string
  readonly level: number
  readonly isOpen: boolean
  size: number
  bytes: number
  /** Files in it, and those of them that are not wanted. */
  files: number
  skipped: number
  /** What all of them have; undefined when they differ. */
  priority: Priority | undefined
}

export interface LeafRow extends FileRow {
  readonly kind: 'file'
  readonly name: string
  readonly level: number
}

export type TreeRow = FolderRow | LeafRow

/** Of so many files all folders are open until somebody closes one. */
const openUpTo = 200

/**
 * Files as the rows of a tree that are to be seen: folders where the first of their files stands, what is in closed ones left out. `folds` says which
 * folders somebody opened and closed.
 */
export function treeRows(files: readonly FileRow[], folds: ReadonlyMap<string, boolean>): readonly TreeRow[] {
  const folders = new Map<string, FolderRow>()
  const children = new Map<string, TreeRow[]>([['', []]])
  const isOpen = (path: string): boolean => folds.get(path) ?? files.length <= openUpTo
  const folderAt = (path: string, level: number): FolderRow => {
    const known = folders.get(path)
    if (known !== undefined) return known
    const name = path.slice(path.lastIndexOf('/') + 1)
    const counts = { size: 0, bytes: 0, files: 0, skipped: 0, priority: undefined }
    const made: FolderRow = { kind: 'folder', path, name, level, isOpen: isOpen(path), ...counts }
    folders.set(path, made)
    children.set(path, [])
    children.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))))!.push(made)
    return made
  }
  for (const file of files) {
    let level = 1
    let parent = ''
    for (let at = file.path.indexOf('/'); at >= 0; at = file.path.indexOf('/', at + 1)) {
      parent = file.path.slice(0, at)
      count(folderAt(parent, level++), file)
    }
    const name = file.path.slice(file.path.lastIndexOf('/') + 1)
    children.get(parent)!.push({ kind: 'file', ...file, name, level })
  }
  const seen: TreeRow[] = []
  const add = (row: TreeRow): void => {
    seen.push(row)
    if (row.kind === 'folder' && row.isOpen) children.get(row.path)!.forEach(add)
  }
  children.get('')!.forEach(add)
  return seen
}

function count(folder: FolderRow, { size, bytes, priority }: FileRow): void {
  folder.priority = folder.files === 0 || folder.priority === priority ? priority : undefined
  folder.size += size
  folder.bytes += bytes
  folder.files++
  if (priority === 'skip') folder.skipped++
}
