import type { CID } from 'multiformats/cid'
import { concat } from '../../base/index.ts'
import { decodeCid } from '../cid.ts'
import type { BlockReader } from '../verified-block.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { digitsOf } from './hamt-path.ts'
import { dagLimits } from './limits.ts'
import { type NamedLink, readNode, type UnixFsNode } from './node.ts'

type FolderNode = UnixFsNode & { readonly kind: 'directory' | 'shard' }

/** What a path needs of a folder, or of a node of a HAMT. */
export interface FolderLinks {
  /** Buckets of a node of a HAMT; undefined: a plain folder. */
  readonly fanout: number | undefined
  readonly count: number
  /** The first link of that name; in a HAMT the first whose name begins with that bucket. */
  find(start: string): Pick<NamedLink, 'name' | 'cid'> | undefined
}

/** Fetches a folder in order to find one name in it. Undefined for what is none; throws what `readNode` and `blocks` do. */
export async function folderLinks(
  blocks: BlockReader,
  cid: CID,
  options: DagOptions,
): Promise<FolderLinks | undefined> {
  const node = await folderNode(blocks, cid, options)
  if (node === undefined) return undefined
  const { links } = node
  return {
    fanout: fanoutOf(node),
    count: links.length,
    find:
      node.kind === 'shard'
        ? start => links.find(({ name }) => name.startsWith(start))
        : start => links.find(({ name }) => name === start),
  }
}

/**
 * Folders that were looked into lately, for whoever looks for one file after the other: each is decoded once and not once a file, which takes as
 * many steps as it has names. CIDs are kept as bytes, and as many links as `dagLimits.fileLinks` are: some 15 MB.
 */
export class KnownFolders {
  readonly #maxLinks: number
  /** Those used last are last. */
  readonly #known = new Map<string, FolderLinks>()
  #links = 0

  constructor(maxLinks: number = dagLimits.fileLinks) {
    this.#maxLinks = maxLinks
  }

  /** As `folderLinks`; one that is known is not fetched. */
  async links(blocks: BlockReader, cid: CID, options: DagOptions): Promise<FolderLinks | undefined> {
    const key = cid.toString()
    const known = this.#known.get(key)
    if (known !== undefined) {
      this.#known.delete(key)
      this.#known.set(key, known)
      return known
    }
    const node = await folderNode(blocks, cid, options)
    if (node === undefined) return undefined
    const links = new PackedLinks(node)
    // Two that asked for it at the same time are given the same.
    if (!this.#known.has(key)) this.#keep(key, links)
    return links
  }

  #keep(key: string, links: FolderLinks): void {
    if (links.count > this.#maxLinks) return
    this.#known.set(key, links)
    this.#links += links.count
    for (const [oldest, { count }] of this.#known) {
      if (this.#links <= this.#maxLinks) return
      this.#known.delete(oldest)
      this.#links -= count
    }
  }
}

/** The links of a folder in a tenth of the room, found in one step. */
class PackedLinks implements FolderLinks {
  readonly fanout: number | undefined
  readonly count: number
  /** By name, or by bucket: which link. */
  readonly #at = new Map<string, number>()
  readonly #names: readonly string[]
  readonly #cids: Uint8Array
  /** Where each CID begins, and the last one ends. */
  readonly #starts: Uint32Array
  /** Files that follow one another are in the same folder: its CID is made once, with its text. */
  #last: { readonly at: number; readonly cid: CID } | undefined

  constructor(node: FolderNode) {
    const { links } = node
    this.fanout = fanoutOf(node)
    this.count = links.length
    this.#names = links.map(({ name }) => name)
    this.#cids = concat(links.map(({ cid }) => cid.bytes))
    this.#starts = new Uint32Array(links.length + 1)
    const digits = this.fanout === undefined ? undefined : digitsOf(this.fanout)
    links.forEach(({ name, cid }, at) => {
      this.#starts[at + 1] = this.#starts[at]! + cid.bytes.length
      const start = name.slice(0, digits)
      if (!this.#at.has(start)) this.#at.set(start, at)
    })
  }

  find(start: string): Pick<NamedLink, 'name' | 'cid'> | undefined {
    const at = this.#at.get(start)
    if (at === undefined) return undefined
    if (this.#last?.at !== at)
      this.#last = { at, cid: decodeCid(this.#cids.subarray(this.#starts[at], this.#starts[at + 1])) }
    return { name: this.#names[at]!, cid: this.#last.cid }
  }
}

async function folderNode(
  blocks: BlockReader,
  cid: CID,
  options: DagOptions,
): Promise<FolderNode | undefined> {
  const node = readNode(await getBlock(blocks, cid, options))
  return node.kind === 'directory' || node.kind === 'shard' ? node : undefined
}

function fanoutOf(node: FolderNode): number | undefined {
  return node.kind === 'shard' ? node.fanout : undefined
}
