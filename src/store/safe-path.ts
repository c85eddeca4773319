import { atOnce, utf8 } from '../base/index.ts'
import { maxNameBytes, type NameRules, safeName, shorten, unsafe, withMark } from './safe-name.ts'

/** Deepest nesting and longest relative path; beyond them no system could open the file. */
export const pathLimits: { readonly depth: number; readonly bytes: number } = { depth: 128, bytes: 3000 }

const namesPerStep = 1024

interface Folder {
  /** Mapped path of the folder, ending with `/`; empty for the top. */
  readonly path: string
  readonly folders: Map<string, Folder>
  /** Names taken in it, as the target compares them, with the next mark to try. */
  readonly taken: Map<string, number>
}

/** Where each file of a content stands, relative to its root, components joined with `/`. */
export interface SafeLayout {
  readonly paths: readonly string[]
  /** The name while it is incomplete: never the name of another file of the content. */
  partPath(file: number): string
  /** Where a name inside the content (a symlink's target) stands. */
  find(path: readonly string[]): string
}

/**
 * THE one function that turns names from the network into paths. Whatever the names are, each result is below the
 * root, no two results are the same file on the target, and the same input gives the same result everywhere. Names
 * that would escape (`..`, absolute, separators, NUL) are refused; others are mapped to a safe, visible name (see
 * `safeName`), and names that collide get ` (2)`, ` (3)`, ... in the order of the files. Symlinks in parents are a
 * matter of the disk, not of names: `ParentChecker` looks for them each time a file is opened.
 *
 * @throws PeerageError `path.unsafe`
 */
export function safePaths(files: readonly (readonly string[])[], rules: NameRules): SafeLayout {
  return atOnce(safePathsBySteps(files, rules))
}

/** The same, some files a step: of 60,000 it takes a tenth of a second. */
export function* safePathsBySteps(
  files: readonly (readonly string[])[],
  rules: NameRules,
): Generator<void, SafeLayout> {
  const top: Folder = { path: '', folders: new Map(), taken: new Map() }
  const fold = rules.exact ? (name: string) => name : foldName
  const paths: string[] = []
  const owners: Folder[] = []
  for (const path of files) {
    const folder = enter(top, path, rules, fold)
    const full = folder.path + take(folder, safeName(path[path.length - 1]!, rules), fold)
    if (full.length * 3 > pathLimits.bytes && utf8(full).length > pathLimits.bytes)
      throw unsafe('A path in this content is too long for any disk.', full)
    if (paths.push(full) % namesPerStep === 0) yield
    owners.push(folder)
  }
  const parts = yield* partExceptions(paths, owners, fold)
  return {
    paths,
    partPath: file => parts.get(file) ?? `${paths[file]!}.part`,
    find: path => find(top, files, paths, path, rules),
  }
}

function enter(
  top: Folder,
  path: readonly string[],
  rules: NameRules,
  fold: (name: string) => string,
): Folder {
  if (path.length === 0 || path.length > pathLimits.depth)
    throw unsafe('A path in this content is empty or nested too deep.', path.slice(0, 8).join('/'))
  let folder = top
  for (let i = 0; i < path.length - 1; i++) {
    const name = path[i]!
    let next = folder.folders.get(name)
    if (next === undefined) {
      const mapped = take(folder, safeName(name, rules), fold)
      next = { path: `${folder.path}${mapped}/`, folders: new Map(), taken: new Map() }
      folder.folders.set(name, next)
    }
    folder = next
  }
  return folder
}

/** Takes the first free name; the counter of each name only grows, so hostile collisions cost linear time. */
function take(folder: Folder, name: string, fold: (name: string) => string): string {
  const key = fold(name)
  let next = folder.taken.get(key)
  if (next === undefined) {
    folder.taken.set(key, 2)
    return name
  }
  for (;;) {
    const candidate = withMark(name, ` (${next++})`)
    const candidateKey = fold(candidate)
    if (folder.taken.has(candidateKey)) continue
    folder.taken.set(key, next)
    folder.taken.set(candidateKey, 2)
    return candidate
  }
}

/** Part names that are not simply `NAME.part`, because that is too long or the name of another file. */
function* partExceptions(
  paths: readonly string[],
  owners: readonly Folder[],
  fold: (name: string) => string,
): Generator<void, Map<number, string>> {
  const exceptions = new Map<number, string>()
  for (const [file, path] of paths.entries()) {
    if (file % namesPerStep === namesPerStep - 1) yield
    const owner = owners[file]!
    const name = path.slice(owner.path.length)
    const tooLong = name.length * 3 > maxNameBytes - 5 && utf8(name).length > maxNameBytes - 5
    if (!tooLong && !owner.taken.has(fold(`${name}.part`))) continue
    const short = `${shorten(name, maxNameBytes - 24)}.part`
    exceptions.set(file, owner.path + take(owner, short, fold))
  }
  return exceptions
}

function find(
  top: Folder,
  files: readonly (readonly string[])[],
  paths: readonly string[],
  path: readonly string[],
  rules: NameRules,
): string {
  const joined = path.join('/')
  const file = files.findIndex(
    candidate => candidate.length === path.length && candidate.join('/') === joined,
  )
  if (file >= 0) return paths[file]!
  let folder: Folder | undefined = top
  const out: string[] = []
  for (const name of path) {
    folder = folder?.folders.get(name)
    out.push(folder === undefined ? safeName(name, rules) : folder.path.split('/').at(-2)!)
  }
  return out.join('/')
}

/** Equal for names that some common file system takes for the same: NFC, then case. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}
