import { atOnce, compareBytes, PeerageError, utf8 } from '../../base/index.ts'
import { dagPbLinkBytes, encodeDagPb, encodeUnixFs, type PbLink, type UnixFsData } from '../../wire/index.ts'
import { type BuildOptions, type DagChild, makeNode, type UnixFsMetadata } from './dag-child.ts'
import { murmur3 } from './murmur3.ts'
import { hamtFanout, hamtHashType, shardAbove } from './profile.ts'

/** Entries of a folder that one step deals with. */
export const entriesPerStep = 512

interface NamedChild {
  readonly name: string
  readonly bytes: Uint8Array
  readonly child: DagChild
}

interface HashedChild extends NamedChild {
  readonly hash: Uint8Array
}

/** Makes a folder: one node, or a HAMT when that would be too large (`shardAbove`). Children may come in any order, each name once. */
export class DirectoryBuilder {
  readonly #options: BuildOptions
  readonly #children = new Map<string, NamedChild>()
  #linkBytes = 0

  constructor(options: BuildOptions) {
    this.#options = options
  }

  /** Throws `dag.invalid` for a name that is there. */
  add(name: string, child: DagChild): void {
    if (this.#children.has(name))
      throw new PeerageError('dag.invalid', 'A folder has two entries of one name.', { details: { name } })
    const bytes = utf8(name)
    this.#children.set(name, { name, bytes, child })
    const cidBytes = child.cid.bytes.length
    this.#linkBytes +=
      this.#options.profile.shardBy === 'links-bytes'
        ? bytes.length + cidBytes
        : dagPbLinkBytes(cidBytes, bytes.length, child.dagSize)
  }

  /** Throws `dag.limit` when names have equal hashes, so that no HAMT can hold them: nobody meets that by chance. */
  finish(metadata: UnixFsMetadata = {}): DagChild {
    return atOnce(this.steps(metadata))
  }

  /** The same by steps. */
  *steps({ mode, mtime }: UnixFsMetadata = {}): Generator<void, DagChild> {
    yield
    const children = [...this.#children.values()]
    const data: UnixFsData = { type: 'directory', blockSizes: [], mode, mtime }
    if (this.#sizeWith(data) > shardAbove) {
      const hashed: HashedChild[] = []
      for (const child of children) {
        hashed.push({ ...child, hash: murmur3(child.bytes) })
        if (hashed.length % entriesPerStep === 0) yield
      }
      return yield* this.#shard(hashed, 0, { mode, mtime })
    }
    const sorted = children.toSorted((a, b) => compareBytes(a.bytes, b.bytes))
    return makeNode(this.#options, data, sorted.map(linkTo))
  }

  #sizeWith(data: UnixFsData): number {
    if (this.#options.profile.shardBy === 'links-bytes') return this.#linkBytes
    return this.#linkBytes + encodeDagPb({ links: [], data: encodeUnixFs(data) }).length
  }

  /** A node of the HAMT over children whose hashes begin with the same `depth` bytes. A bucket with one child holds it, one with more a node. */
  *#shard(
    children: readonly HashedChild[],
    depth: number,
    metadata: UnixFsMetadata,
  ): Generator<void, DagChild> {
    const buckets = new Map<number, HashedChild[]>()
    for (const child of children) {
      const bucket = child.hash[depth]
      if (bucket === undefined)
        throw new PeerageError('dag.limit', 'Names in this folder have equal hashes.', {
          details: { name: child.name },
        })
      const others = buckets.get(bucket)
      if (others === undefined) buckets.set(bucket, [child])
      else others.push(child)
    }
    const taken = [...buckets.keys()].toSorted((a, b) => a - b)
    const links: PbLink[] = []
    for (const bucket of taken) links.push(yield* this.#bucketLink(bucket, buckets.get(bucket)!, depth))
    yield
    return makeNode(this.#options, { ...shardData(taken), ...metadata }, links)
  }

  *#bucketLink(bucket: number, children: readonly HashedChild[], depth: number): Generator<void, PbLink> {
    const prefix = bucket.toString(16).toUpperCase().padStart(2, '0')
    const [first] = children
    if (children.length === 1) return linkTo({ ...first!, name: `${prefix}${first!.name}` })
    const { cid, dagSize } = yield* this.#shard(children, depth + 1, {})
    return { hash: cid.bytes, name: prefix, size: dagSize }
  }
}

function linkTo({ name, child }: { readonly name: string; readonly child: DagChild }): PbLink {
  return { hash: child.cid.bytes, name, size: child.dagSize }
}

/** What a node of a HAMT says besides its links: which buckets are not empty. Numbers of buckets, sorted. */
export function shardData(taken: readonly number[]): UnixFsData {
  return { type: 'hamt', data: bitsOf(taken), hashType: hamtHashType, fanout: hamtFanout, blockSizes: [] }
}

/** One bit a bucket, the first one in the last byte; Go leaves out bytes of zeros in front. */
function bitsOf(taken: readonly number[]): Uint8Array {
  const bits = new Uint8Array(hamtFanout / 8)
  for (const bucket of taken) bits[bits.length - 1 - (bucket >> 3)]! |= 1 << (bucket & 7)
  return bits.subarray(bits.findIndex(byte => byte !== 0))
}

/** Makes a symbolic link, as Kubo does: without a size. */
export function buildSymlink(
  target: string,
  options: BuildOptions,
  { mode, mtime }: UnixFsMetadata = {},
): DagChild {
  return makeNode(options, { type: 'symlink', data: utf8(target), blockSizes: [], mode, mtime }, [])
}
