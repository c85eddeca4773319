import { hash } from 'node:crypto'
import { concat, equalBytes, sortBySteps, utf8 } from '../../base/index.ts'
import { type FileEntry, hashLength, murmur3, shardData } from '../../content/index.ts'
import { encodeDagPb, encodeUnixFs, type PbLink } from '../../wire/index.ts'
import { isWholeLeaf } from './whole-files.ts'

/** CIDs of version 1 in front of the hash: SHA-256 of a raw block, and of one of DAG-PB. */
export const rawSha256: Uint8Array = Uint8Array.of(0x01, 0x55, 0x12, hashLength)
const dagPbSha256 = Uint8Array.of(0x01, 0x70, 0x12, hashLength)
/** Digits of the bucket in front of the names in a node of a HAMT. */
export const digits = 2
/** Bytes of the hash of a name: one for each level. */
export const levels = 8
/** Below a node that is made again, which takes some milliseconds then. Those above say the hashes of those below: with as many files that is little. */
const mostFiles = 2048
const filesPerStep = 4096
/** Nodes that were made lately, which whoever serves one asks for several times. */
const recentBytes = 2 ** 18

/** Which node of the HAMT of a folder: the one that a file in it is below, so many levels down. */
export interface HamtPlace {
  /** Place in the content. */
  readonly file: number
  /** From 0, the root. */
  readonly level: number
}

interface MadeNode {
  readonly bytes: Uint8Array
  readonly digest: Uint8Array
}

/** Files of a folder that are one leaf, in order of the hashes of their names, and these: both halves. */
interface HashedFolder {
  readonly files: Uint32Array
  readonly highs: Uint32Array
  readonly lows: Uint32Array
}

const none = new Uint32Array(0)
const nothing: HashedFolder = { files: none, highs: none, lows: none }

/** Makes nodes of the HAMTs of a content's folders again from what the content says of its files. */
export class HamtNodes {
  readonly files: readonly FileEntry[]
  readonly #folders = new Map<string, HashedFolder>()
  readonly #recent = new Map<number, MadeNode>()
  #recentBytes = 0

  constructor(files: readonly FileEntry[]) {
    this.files = files
  }

  /** The folder that this file is in was prepared, or there is none. */
  isReady(file: number): boolean {
    const entry = this.files[file]
    return entry === undefined || this.#folders.has(keyOf(entry))
  }

  /** Steps that hash the names of the folder that this file is in. */
  *prepare(file: number): Generator<void, void> {
    const entry = this.files[file]
    if (entry === undefined || this.isReady(file)) return
    const found = yield* this.#inFolderOf(entry)
    const [highs, lows] = [new Uint32Array(found.length), new Uint32Array(found.length)]
    for (const [i, index] of found.entries()) {
      if (i % filesPerStep === 0) yield
      const [high, low] = hashOf(this.files[index]!)
      highs[i] = high
      lows[i] = low
    }
    const order = yield* sortBySteps(
      [...found.keys()],
      (a, b) => highs[a]! - highs[b]! || lows[a]! - lows[b]!,
    )
    const folder: HashedFolder = {
      files: Uint32Array.from(order, i => found[i]!),
      highs: Uint32Array.from(order, i => highs[i]!),
      lows: Uint32Array.from(order, i => lows[i]!),
    }
    this.#folders.set(keyOf(entry), hasTwins(folder) ? nothing : folder)
  }

  /** Files of a content lie folder by folder, those of folders in it amid them. */
  *#inFolderOf({ index, path }: FileEntry): Generator<void, number[]> {
    const isBelow = (file: number): boolean => {
      const other = this.files[file]?.path
      return other !== undefined && path.every((name, i) => i === path.length - 1 || other[i] === name)
    }
    let first = index
    while (isBelow(first - 1)) if (--first % filesPerStep === 0) yield
    const found: number[] = []
    for (let file = first; isBelow(file); file++) {
      if (file % filesPerStep === 0) yield
      const entry = this.files[file]!
      const { piecesRoot } = entry
      const isKnown = piecesRoot !== undefined && isWholeLeaf(entry, piecesRoot)
      if (isKnown && entry.path.length === path.length) found.push(file)
    }
    return found
  }

  /**
   * What the node links to as far as these files are all that is in the folder. Undefined when there are too many below it, or the folder was not
   * prepared.
   */
  links({ file, level }: HamtPlace): readonly PbLink[] | undefined {
    const entry = this.files[file]
    const folder = entry && this.#folders.get(keyOf(entry))
    if (entry === undefined || folder === undefined || !(level >= 0 && level < levels)) return undefined
    const [from, to] = rangeOf(folder, hashOf(entry), level)
    return to === from || to - from > mostFiles ? undefined : this.#linksOf(folder, from, to, level)
  }

  /** The node when nothing else is in the folder. */
  node(place: HamtPlace): MadeNode | undefined {
    const key = place.file * levels + place.level
    const recent = this.#recent.get(key)
    if (recent !== undefined) return recent
    const links = this.links(place)
    if (links === undefined) return undefined
    const made = madeOf(hamtNode(links))
    this.#recent.set(key, made)
    this.#recentBytes += made.bytes.length
    for (const [old, { bytes }] of this.#recent) {
      if (this.#recentBytes <= recentBytes) break
      this.#recent.delete(old)
      this.#recentBytes -= bytes.length
    }
    return made
  }

  #linksOf(folder: HashedFolder, from: number, to: number, level: number): PbLink[] {
    const links: PbLink[] = []
    for (let at = from; at < to; ) {
      const bucket = bucketAt(folder, at, level)
      let end = at + 1
      while (end < to && bucketAt(folder, end, level) === bucket) end++
      links.push(
        end === at + 1 ? this.#fileLink(folder, at, bucket) : this.#nodeLink(folder, at, end, level, bucket),
      )
      at = end
    }
    return links
  }

  #fileLink({ files }: HashedFolder, at: number, bucket: number): PbLink {
    const file = this.files[files[at]!]!
    return { ...fileLink(file), name: `${prefixOf(bucket)}${file.path.at(-1)}` }
  }

  #nodeLink(folder: HashedFolder, from: number, to: number, level: number, bucket: number): PbLink {
    const links = this.#linksOf(folder, from, to, level + 1)
    const { bytes, digest } = madeOf(hamtNode(links))
    const size = links.reduce((sum, link) => sum + (link.size ?? 0), bytes.length)
    return { hash: concat([dagPbSha256, digest]), name: prefixOf(bucket), size }
  }
}

/** To a file that is one leaf. */
export function fileLink({ path, size, piecesRoot }: FileEntry): Required<PbLink> {
  return { hash: concat([rawSha256, piecesRoot!]), name: path.at(-1)!, size }
}

/** As profiles make it: it has a bit for each bucket, which its links say as well. */
export function hamtNode(links: readonly PbLink[]): Uint8Array {
  return encodeDagPb({ links, data: hamtData(links) })
}

export function hamtData(links: readonly PbLink[]): Uint8Array {
  return encodeUnixFs(shardData(links.map(bucketOf)))
}

/** NaN when its name does not begin with one. */
export function bucketOf({ name = '' }: PbLink): number {
  return Number.parseInt(name.slice(0, digits), 16)
}

export function prefixOf(bucket: number): string {
  return bucket.toString(16).toUpperCase().padStart(digits, '0')
}

/** Levels at which a file is in that bucket. */
export function levelsOf({ path }: FileEntry, bucket: number): number[] {
  return [...murmur3(utf8(path.at(-1)!))].flatMap((byte, level) => (byte === bucket ? level : []))
}

export function isSameLink(a: PbLink, b: PbLink | undefined): boolean {
  return a.name === b?.name && a.size === b?.size && equalBytes(a.hash, b!.hash)
}

function madeOf(bytes: Uint8Array): MadeNode {
  return { bytes, digest: hash('sha256', bytes, 'buffer') }
}

function keyOf({ path }: FileEntry): string {
  return JSON.stringify(path.slice(0, -1))
}

function hashOf({ path }: FileEntry): readonly [high: number, low: number] {
  const bytes = murmur3(utf8(path.at(-1)!))
  const view = new DataView(bytes.buffer)
  return [view.getUint32(0), view.getUint32(4)]
}

/** Names of equal hashes, which no HAMT holds. */
function hasTwins({ highs, lows }: HashedFolder): boolean {
  return highs.some((high, i) => high === highs[i + 1] && lows[i] === lows[i + 1])
}

function bucketAt({ highs, lows }: HashedFolder, at: number, level: number): number {
  return level < 4 ? (highs[at]! >>> (24 - 8 * level)) & 255 : (lows[at]! >>> (56 - 8 * level)) & 255
}

/** Those whose hashes begin with as many bytes of this one as there are levels above. */
function rangeOf(
  { highs, lows }: HashedFolder,
  [high, low]: readonly [number, number],
  level: number,
): readonly [from: number, to: number] {
  const highRest = level < 4 ? 2 ** (32 - 8 * level) - 1 : 0
  const lowRest = level <= 4 ? 2 ** 32 - 1 : 2 ** (64 - 8 * level) - 1
  const firstNotBelow = (wantedHigh: number, wantedLow: number): number => {
    let [from, to] = [0, highs.length]
    while (from < to) {
      const at = (from + to) >>> 1
      if (highs[at]! - wantedHigh < 0 || (highs[at] === wantedHigh && lows[at]! < wantedLow)) from = at + 1
      else to = at
    }
    return from
  }
  const from = firstNotBelow((high & ~highRest) >>> 0, (low & ~lowRest) >>> 0)
  return [from, firstNotBelow((high | highRest) >>> 0, ((low | lowRest) >>> 0) + 1)]
}
