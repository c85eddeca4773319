import { atOnce } from '../base/index.ts'
import type { Content } from '../content/index.ts'
import { segmentLeaves, treeHeight } from '../content/index.ts'
import { bySteps } from './by-steps.ts'
import type { FileRef, Stamp, TargetRef } from './io-jobs.ts'
import { type SafeLayout, safePathsBySteps } from './safe-path.ts'

export type Priority = 'skip' | 'low' | 'normal' | 'high'

/** In the order of the codes that are stored. */
export const priorityNames: readonly Priority[] = ['normal', 'skip', 'low', 'high']

const filesPerChunk = 1024
const numbersPerFile = 4
const none = 0
const part = 1
const final = 2

export interface FileTableOptions {
  readonly content: Content
  readonly origin: 'share' | 'download'
  readonly base: string
  readonly target: string
  readonly exact: boolean
  readonly overwrite: boolean
  readonly segmentLength: number
  readonly stamps: ReadonlyMap<number, Uint8Array>
  readonly priorities: Uint8Array | undefined
  /** Files that are called otherwise than the content says: their paths below the base. */
  readonly renamed?: ReadonlyMap<number, string> | undefined
}

let nextId = 1

/** Where each file of a content is, in what stage, and the stamp it was verified with. */
export class FileTable {
  readonly content: Content
  readonly base: string
  readonly target: string
  /** Names are what the content says. */
  readonly exact: boolean
  readonly priorities: Uint8Array
  /** Other files at the final paths may be replaced. */
  overwrite: boolean
  readonly #options: FileTableOptions
  readonly #layout: Layout
  /** For each file: size, mtimeMs, ino, stage. One array: 60,000 files are 2 MB and load in a millisecond. */
  readonly #numbers: Float64Array
  readonly #dirtyChunks = new Set<number>()
  readonly #finals = new Map<number, FileRef>()
  readonly #parts = new Map<number, TargetRef>()

  /** Throws `path.unsafe` for names that would escape. */
  constructor(options: FileTableOptions) {
    this.#options = options
    this.content = options.content
    this.base = options.base
    this.target = options.target
    this.exact = options.exact
    this.overwrite = options.overwrite
    this.#layout = layoutOf(options)
    this.#numbers = unpack(options.stamps, this.content.files.length)
    this.priorities = new Uint8Array(this.content.files.length)
    if (options.priorities !== undefined)
      this.priorities.set(options.priorities.subarray(0, this.priorities.length))
  }

  /** Final path below the base. */
  finalPath(file: number): string {
    const renamed = this.#options.renamed?.get(file)
    if (renamed !== undefined) return renamed
    return this.content.singleFile ? this.target : `${this.target}/${this.#layout.path(file)}`
  }

  partPath(file: number): string {
    const renamed = this.#options.renamed?.get(file)
    if (renamed !== undefined) return `${renamed}.part`
    if (!this.content.singleFile) return `${this.target}/${this.#layout.partPath(file)}`
    return `${this.target}.part`
  }

  /** What the symlink `file` shall say: a path relative to its own folder that stays below the root. */
  linkTarget(file: number): string {
    const to = this.#layout.find(this.content.files[file]!.symlink!).split('/')
    const from = this.#layout.path(file).split('/').slice(0, -1)
    while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
      from.shift()
      to.shift()
    }
    return [...from.map(() => '..'), ...to].join('/')
  }

  /** The file as it is now: under its final name or as a part. */
  ref(file: number): FileRef {
    return this.#isCalledFinal(file) ? this.finalRef(file) : this.partRef(file)
  }

  /** What it is called now, below the base: no more is kept of it, as `ref` does. */
  path(file: number): string {
    return this.#isCalledFinal(file) ? this.finalPath(file) : this.partPath(file)
  }

  #isCalledFinal(file: number): boolean {
    return this.isFinal(file) || this.#options.origin === 'share'
  }

  finalRef(file: number): FileRef {
    const known = this.#finals.get(file)
    if (known !== undefined) return known
    const ref: FileRef = { id: nextId++, base: this.base, path: this.finalPath(file) }
    this.#finals.set(file, ref)
    return ref
  }

  partRef(file: number): TargetRef {
    const known = this.#parts.get(file)
    if (known?.overwrite === this.overwrite) return known
    const { size, executable } = this.content.files[file]!
    const { segmentLength } = this.#options
    const ref: TargetRef = {
      id: known?.id ?? nextId++,
      base: this.base,
      path: this.partPath(file),
      finalPath: this.finalPath(file),
      size,
      executable: executable === true,
      overwrite: this.overwrite,
      segmentLength,
      segmentHeight: treeHeight(segmentLeaves(size, segmentLength)),
    }
    this.#parts.set(file, ref)
    return ref
  }

  /** Ids of the openings of the file so far, which are void from now on. */
  retire(file: number): number[] {
    const ids = [this.#finals.get(file)?.id, this.#parts.get(file)?.id].filter(id => id !== undefined)
    this.#finals.delete(file)
    this.#parts.delete(file)
    return ids
  }

  isFinal(file: number): boolean {
    return this.#numbers[file * numbersPerFile + 3] === final
  }

  isPart(file: number): boolean {
    return this.#numbers[file * numbersPerFile + 3] === part
  }

  stamp(file: number): Stamp | undefined {
    const at = file * numbersPerFile
    const numbers = this.#numbers
    if (numbers[at + 3] === none) return undefined
    return { size: numbers[at]!, mtimeMs: numbers[at + 1]!, ino: numbers[at + 2]! }
  }

  setFinal(file: number, stamp: Stamp): void {
    this.#set(file, stamp.size, stamp.mtimeMs, stamp.ino, final)
  }

  setPart(file: number, stamp: Stamp): void {
    this.#set(file, stamp.size, stamp.mtimeMs, stamp.ino, part)
  }

  clear(file: number): void {
    this.#set(file, 0, 0, 0, none)
  }

  priority(file: number): Priority {
    return priorityNames[this.priorities[file]!]!
  }

  isSkipped(file: number): boolean {
    return this.priorities[file] === 1
  }

  /** The stamps that changed since the last call, as the index stores them. */
  takeDirtyStamps(): Map<number, Uint8Array> {
    const out = new Map<number, Uint8Array>()
    for (const chunk of this.#dirtyChunks) out.set(chunk, this.#pack(chunk))
    this.#dirtyChunks.clear()
    return out
  }

  /** Puts chunks back that could not be saved. */
  giveBackDirtyStamps(chunks: Iterable<number>): void {
    for (const chunk of chunks) this.#dirtyChunks.add(chunk)
  }

  #set(file: number, size: number, mtimeMs: number, ino: number, stage: number): void {
    const at = file * numbersPerFile
    this.#numbers[at] = size
    this.#numbers[at + 1] = mtimeMs
    this.#numbers[at + 2] = ino
    this.#numbers[at + 3] = stage
    this.#dirtyChunks.add(Math.floor(file / filesPerChunk))
  }

  #pack(chunk: number): Uint8Array {
    const from = chunk * filesPerChunk * numbersPerFile
    const numbers = this.#numbers.slice(from, from + filesPerChunk * numbersPerFile)
    return new Uint8Array(numbers.buffer)
  }
}

function unpack(stamps: ReadonlyMap<number, Uint8Array>, files: number): Float64Array {
  const numbers = new Float64Array(files * numbersPerFile)
  const bytes = new Uint8Array(numbers.buffer)
  for (const [chunk, packed] of stamps) {
    const at = chunk * filesPerChunk * numbersPerFile * 8
    if (at < bytes.length) bytes.set(packed.subarray(0, bytes.length - at), at)
  }
  return numbers
}

/** Of what was added just now the same is asked twice, and 60,000 names take a tenth of a second. */
const lastLayouts = new WeakMap<Content, { readonly exact: boolean; readonly layout: SafeLayout }>()

function safeLayoutOf(content: Content, exact: boolean): SafeLayout {
  const last = lastLayouts.get(content)
  if (last?.exact === exact) return last.layout
  return atOnce(layoutBySteps(content, exact))
}

/** So that a table of a download can be made at once. Throws `path.unsafe`. */
export async function prepareLayout(content: Content, exact: boolean): Promise<void> {
  if (lastLayouts.get(content)?.exact !== exact) await bySteps(layoutBySteps(content, exact))
}

function* layoutBySteps(content: Content, exact: boolean): Generator<void, SafeLayout> {
  const paths = content.files.map(file => file.path)
  const layout = yield* safePathsBySteps(paths, { exact })
  lastLayouts.set(content, { exact, layout })
  return layout
}

interface Layout extends Pick<SafeLayout, 'partPath' | 'find'> {
  path(file: number): string
}

/** Shared files have the names they were found under; what comes from the network goes through `safePaths`. */
function layoutOf({ content, origin, exact }: FileTableOptions): Layout {
  if (origin === 'download') {
    const { paths, partPath, find } = safeLayoutOf(content, exact)
    return { path: file => paths[file]!, partPath, find }
  }
  return {
    path: file => content.files[file]!.path.join('/'),
    partPath: () => {
      throw new TypeError('shared files have no part')
    },
    find: path => path.join('/'),
  }
}
