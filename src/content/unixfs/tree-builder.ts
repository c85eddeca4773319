import { atOnce, PeerageError } from '../../base/index.ts'
import type { BuildOptions, DagChild, UnixFsMetadata } from './dag-child.ts'
import { DirectoryBuilder, entriesPerStep } from './directory-builder.ts'

interface Folder {
  readonly entries: Map<string, DagChild | Folder>
  metadata: UnixFsMetadata
}

/** Makes the folders above files and links that are made already, in any order. Holds a name and a CID for each, until their folder is closed. */
export class TreeBuilder {
  readonly #options: BuildOptions
  readonly #root: Folder = newFolder()

  constructor(options: BuildOptions) {
    this.#options = options
  }

  /** A file or link by the names that lead to it. Throws `dag.invalid` when something is there. */
  add(path: readonly string[], child: DagChild): void {
    const folder = this.#folderOf(path.slice(0, -1))
    const name = path.at(-1)
    if (name === undefined || folder.entries.has(name)) throw twice(path)
    folder.entries.set(name, child)
  }

  /** A folder that may stay empty, or that has a mode or time. Throws `dag.invalid` when something else is there. */
  addFolder(path: readonly string[], metadata: UnixFsMetadata = {}): void {
    this.#folderOf(path).metadata = metadata
  }

  /** Makes a folder now, to which nothing more is added: a name and a CID are left of all that is in it. Throws as `finish`. */
  *close(path: readonly string[]): Generator<void, void> {
    const parent = this.#folderOf(path.slice(0, -1))
    const name = path.at(-1)!
    const folder = parent.entries.get(name)
    if (folder !== undefined && isFolder(folder)) parent.entries.set(name, yield* this.#build(folder))
  }

  /** The root folder. Throws `dag.limit`, see `DirectoryBuilder`. */
  finish(): DagChild {
    return atOnce(this.steps())
  }

  /** The same by steps of some entries each: large trees take seconds. */
  steps(): Generator<void, DagChild> {
    return this.#build(this.#root)
  }

  #folderOf(path: readonly string[]): Folder {
    let folder = this.#root
    for (const name of path) {
      const there = folder.entries.get(name)
      if (there !== undefined && !isFolder(there)) throw twice(path)
      const next = there ?? newFolder()
      folder.entries.set(name, next)
      folder = next
    }
    return folder
  }

  *#build({ entries, metadata }: Folder): Generator<void, DagChild> {
    const builder = new DirectoryBuilder(this.#options)
    let count = 0
    for (const [name, entry] of entries) {
      builder.add(name, isFolder(entry) ? yield* this.#build(entry) : entry)
      if (++count % entriesPerStep === 0) yield
    }
    return yield* builder.steps(metadata)
  }
}

function newFolder(): Folder {
  return { entries: new Map(), metadata: {} }
}

function isFolder(entry: DagChild | Folder): entry is Folder {
  return 'entries' in entry
}

function twice(path: readonly string[]): PeerageError {
  return new PeerageError('dag.invalid', 'Two entries of a folder have one name.', {
    details: { path: path.join('/') },
  })
}
