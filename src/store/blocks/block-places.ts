import type { CID } from 'multiformats/cid'
import { concat, equalBytes } from '../../base/index.ts'
import { type FileEntry, leafFrame, legacyProfile } from '../../content/index.ts'
import { bySteps } from '../by-steps.ts'
import type { Lease } from '../slab-pool.ts'
import type { StoredContent } from '../stored-content.ts'
import {
  type BlockDatabase,
  type DagRow,
  inNodes,
  madeNode,
  type Place,
  packedNode,
  wholeFile,
  wrappedInFile,
} from './block-database.ts'
import { isBlockOf } from './block-hash.ts'
import { HamtNodes } from './hamt-nodes.ts'
import { unpackNode } from './packed-node.ts'
import { isWholeLeaf } from './whole-files.ts'

/** The blocks of contents: where they lie, and what is there. */
export class BlockPlaces {
  readonly #db: BlockDatabase
  readonly #dags: ReadonlyMap<number, DagRow>
  readonly #content: (infoHashHex: string) => StoredContent | undefined
  /** By the files of contents that are loaded. */
  readonly #hamtNodes = new WeakMap<readonly FileEntry[], HamtNodes>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    db: BlockDatabase,
    dags: ReadonlyMap<number, DagRow>,
    content: (infoHashHex: string) => StoredContent | undefined,
  ) {
    this.#db = db
    this.#dags = dags
    this.#content = content
  }

  /** Where a block lies or, as far as contents are not loaded, may lie. */
  of({ multihash }: CID): readonly Place[] {
    const places = this.#db.place(multihash.bytes)
    if (places.length === 0) return places
    return places.filter(place => {
      const content = this.#knownOf(place)
      return content === undefined || this.#isAsThere(content, multihash.digest, place)
    })
  }

  /** It is known of all of these places that the block is meant, not only the start of its hash. */
  areSure(places: readonly Place[]): boolean {
    return places.every(place => !isByStart(place) || this.#knownOf(place) !== undefined)
  }

  /** Makes sure of it. */
  async areRight(cid: CID, places: readonly Place[]): Promise<boolean> {
    try {
      for (const place of places)
        if (isByStart(place) && (await this.#loaded(cid, place)) === undefined) return false
      return true
    } catch {
      // What describes the content is damaged, which others tell.
      return false
    }
  }

  /** The content of what is found by the start of its hash, when all is there by which that is compared with the rest. */
  #knownOf(place: Place): StoredContent | undefined {
    const content = isByStart(place) ? this.#contentOf(place) : undefined
    if (content?.isLoaded !== true) return undefined
    return place.form === wholeFile || this.#nodesOf(content).isReady(place.file) ? content : undefined
  }

  /** Info hashes of contents; of a tree that is being fetched there is none yet. */
  contentsOf(places: readonly Place[]): readonly string[] {
    const [first, second] = places
    if (first === undefined) return []
    // Most are in one.
    if (second === undefined) return listed(this.#dags.get(first.dag))
    return [...new Set(places.flatMap(({ dag }) => listed(this.#dags.get(dag))))]
  }

  /** Of the block, in bytes; undefined when it is in none of these places. */
  sizeIn(places: readonly Place[]): number | undefined {
    for (const place of places) if (this.#isThere(place)) return blockLength(place)
    return undefined
  }

  /** From the first of these places where it is what it should be. */
  async read(cid: CID, places: readonly Place[]): Promise<Uint8Array | undefined> {
    for (const place of places) {
      const bytes = isNode(place) ? await this.#node(cid, place) : await this.#leaf(cid, place)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  /** As `read`, in room that is given back; nodes are short, and copies. */
  async loan(cid: CID, places: readonly Place[]): Promise<Lease | undefined> {
    for (const place of places) {
      const lease = isNode(place) ? await this.#loanNode(cid, place) : await this.#loanLeaf(cid, place)
      if (lease !== undefined) return lease
    }
    return undefined
  }

  async #loanNode(cid: CID, place: Place): Promise<Lease | undefined> {
    const bytes = await this.#node(cid, place)
    return bytes && { bytes, release: () => undefined }
  }

  /** The database has no checksums of its own. */
  async #node(cid: CID, place: Place): Promise<Uint8Array | undefined> {
    if (!this.#dags.has(place.dag)) return undefined
    const hash = cid.multihash.bytes
    const bytes =
      place.form === inNodes ? this.#db.node(hash, place.length) : await this.#madeAgain(cid, place)
    return bytes !== undefined && isBlockOf(cid, bytes) ? bytes : undefined
  }

  /** From what the content says. */
  async #madeAgain(cid: CID, place: Place): Promise<Uint8Array | undefined> {
    const { form, dag, file, at: level } = place
    try {
      const content = await this.#loaded(cid, place)
      const nodes = content && this.#nodesOf(content)
      if (form === madeNode) return nodes?.node({ file, level })?.bytes
      const packed = this.#db.packed(cid.multihash.bytes, dag)
      return packed && nodes && (await this.#inTurn(unpackNode(packed, nodes)))
    } catch {
      // What describes it is damaged, which others tell.
      return undefined
    }
  }

  #nodesOf({ content: { files } }: StoredContent): HamtNodes {
    const nodes = this.#hamtNodes.get(files) ?? new HamtNodes(files)
    this.#hamtNodes.set(files, nodes)
    return nodes
  }

  /** Whoever asks for many nodes at once waits for the folder that they are of, which is looked at once. */
  async #inTurn<T>(work: Iterator<void, T>): Promise<T> {
    const turn = this.#turn.then(() => bySteps(work))
    this.#turn = turn.catch(() => undefined)
    return await turn
  }

  async #leaf(cid: CID, place: Place): Promise<Uint8Array | undefined> {
    const { form, file, at, length } = place
    try {
      const content = await this.#loaded(cid, place)
      const bytes = await content?.readFile(file, at, length)
      return bytes !== undefined && form === wrappedInFile ? wrapLeaf(bytes) : bytes
    } catch {
      // Gone, changed or unreadable: the content has noticed, and says so.
      return undefined
    }
  }

  async #loanLeaf(cid: CID, place: Place): Promise<Lease | undefined> {
    const { form, file, at, length } = place
    const frame = form === wrappedInFile ? leafFrame(legacyProfile, length) : undefined
    try {
      const content = await this.#loaded(cid, place)
      return await content?.loanFile(file, at, length, frame)
    } catch {
      return undefined
    }
  }

  /** The content, unless what lies there is another block. */
  async #loaded({ multihash }: CID, place: Place): Promise<StoredContent | undefined> {
    const content = this.#contentOf(place)
    if (content?.isLoaded === false) await content.load()
    if (content === undefined) return undefined
    if (place.form === madeNode && !this.#nodesOf(content).isReady(place.file))
      await this.#inTurn(this.#nodesOf(content).prepare(place.file))
    return this.#isAsThere(content, multihash.digest, place) ? content : undefined
  }

  /** What is found by the start of its hash has all of it. The content is loaded. */
  #isAsThere(content: StoredContent, digest: Uint8Array, { form, file, at: level }: Place): boolean {
    if (form === madeNode) {
      const made = this.#nodesOf(content).node({ file, level })
      return made !== undefined && equalBytes(made.digest, digest)
    }
    const entry = content.content.files[file]
    return form !== wholeFile || (entry !== undefined && isWholeLeaf(entry, digest))
  }

  #isThere(place: Place): boolean {
    const { dag, form, file, at, length } = place
    if (form === inNodes) return this.#dags.has(dag)
    const content = this.#contentOf(place)
    if (content === undefined) return false
    if (form === packedNode || form === madeNode) return true
    return content.isLoaded ? content.hasFile(file, at, length) : content.isComplete
  }

  #contentOf({ dag }: Place): StoredContent | undefined {
    const row = this.#dags.get(dag)
    return row && this.#content(row.content)
  }
}

/** A tree that is being fetched is no content yet. */
function listed(dag: DagRow | undefined): readonly string[] {
  return dag === undefined || dag.content === '' ? [] : [dag.content]
}

function isNode({ form }: Place): boolean {
  return form === inNodes || form === packedNode || form === madeNode
}

function isByStart({ form }: Place): boolean {
  return form === wholeFile || form === madeNode
}

function blockLength({ form, length }: Place): number {
  if (form !== wrappedInFile) return length
  const { before, after } = leafFrame(legacyProfile, length)
  return before.length + length + after.length
}

function wrapLeaf(bytes: Uint8Array): Uint8Array {
  const { before, after } = leafFrame(legacyProfile, bytes.length)
  return concat([before, bytes, after])
}
