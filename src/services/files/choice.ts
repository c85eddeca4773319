import { PeerageError } from '../../base/index.ts'
import type { Content, FileEntry } from '../../content/index.ts'

/**
 * The files that a wish names: by path, by folder, or by a pattern with `*` (within one name) and `**` (across folders).
 * Throws `content.no-such-file` for a wish that names nothing.
 */
export function matchFiles(
  content: { readonly name: string; readonly files: readonly NamedFile[] },
  wishes: readonly string[],
): Set<number> {
  const chosen = new Set<number>()
  for (const wish of wishes) {
    const matches = matcherOf(wish)
    let found = false
    for (const file of content.files) {
      if (!matches(file)) continue
      chosen.add(file.index)
      found = true
    }
    if (!found)
      throw new PeerageError(
        'content.no-such-file',
        `${JSON.stringify(content.name)} has no file or folder ${JSON.stringify(wish)}.`,
      )
  }
  return chosen
}

type NamedFile = Pick<FileEntry, 'index' | 'path'>

/** The one file that is meant: named, or the only one there is. */
export function oneFile(content: Content, name: string | undefined): FileEntry {
  const files = content.files.filter(file => file.symlink === undefined)
  if (name === undefined) {
    if (files.length === 1) return files[0]!
    throw new PeerageError(
      'content.no-such-file',
      `${JSON.stringify(content.name)} has ${files.length} files: say which one.`,
    )
  }
  const file = files.find(one => one.path.join('/') === name)
  if (file === undefined)
    throw new PeerageError(
      'content.no-such-file',
      `${JSON.stringify(content.name)} has no file ${JSON.stringify(name)}.`,
    )
  return file
}

function matcherOf(wish: string): (file: NamedFile) => boolean {
  const plain = wish.replace(/^\.?\/+/, '').replace(/\/+$/, '')
  if (!plain.includes('*')) return file => isUnder(file.path.join('/'), plain)
  const pattern = new RegExp(
    `^${plain
      .split(/(\*\*|\*)/)
      .map(patternPart)
      .join('')}(/.*)?$`,
    'u',
  )
  return file => pattern.test(file.path.join('/'))
}

function patternPart(part: string): string {
  if (part === '**') return '.*'
  return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&')
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
