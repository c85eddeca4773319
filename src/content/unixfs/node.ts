import type { CID } from 'multiformats/cid'
import { fromUtf8, PeerageError } from '../../base/index.ts'
import { decodeDagPb, decodeUnixFs, type PbLink, type UnixFsData } from '../../wire/index.ts'
import { codecs, decodeCid } from '../cid.ts'
import type { VerifiedBlock } from '../verified-block.ts'
import type { UnixFsMetadata } from './dag-child.ts'
import { inDagWords, invalidDag, tooMuchDag } from './faults.ts'
import { dagLimits } from './limits.ts'
import { hamtHashType } from './profile.ts'

export interface FilePart {
  readonly cid: CID
  /** Where it begins in the bytes of its parent, and how many it has. */
  readonly start: number
  readonly size: number
}

export interface NamedLink {
  readonly name: string
  readonly cid: CID
  /** Bytes of all blocks behind it, as whoever made it says. */
  readonly dagSize?: number | undefined
}

/** A block as UnixFS understands it. `bytes` of a file come before those of its parts. */
export type UnixFsNode = UnixFsMetadata &
  (
    | {
        readonly kind: 'file'
        readonly size: number
        readonly bytes: Uint8Array
        readonly parts: readonly FilePart[]
      }
    | { readonly kind: 'directory'; readonly links: readonly NamedLink[] }
    | { readonly kind: 'shard'; readonly fanout: number; readonly links: readonly NamedLink[] }
    | { readonly kind: 'symlink'; readonly target: string }
  )

const nothing = new Uint8Array(0)

/** Throws `dag.invalid`, `dag.limit`, or `dag.unsupported` for what is neither a file nor a folder. */
export function readNode({ cid, bytes }: VerifiedBlock): UnixFsNode {
  if (cid.code === codecs.raw) return { kind: 'file', size: bytes.length, bytes, parts: [] }
  if (cid.code !== codecs.dagPb)
    throw new PeerageError('dag.unsupported', `The block ${cid} is neither a file nor a folder of IPFS.`, {
      details: { cid: cid.toString() },
    })
  try {
    const { links, data = nothing } = decodeDagPb(bytes)
    return nodeOf(cid, decodeUnixFs(data), links)
  } catch (error) {
    throw inDagWords(cid, error)
  }
}

function nodeOf(cid: CID, data: UnixFsData, links: readonly PbLink[]): UnixFsNode {
  const { type, mode, mtime } = data
  const metadata = { ...(mode !== undefined && { mode }), ...(mtime && { mtime }) }
  if (type === 'file' || type === 'raw') return { ...metadata, ...fileOf(cid, data, links) }
  if (type === 'directory') return { ...metadata, kind: type, links: links.map(namedLink) }
  if (type === 'hamt')
    return { ...metadata, kind: 'shard', fanout: fanoutOf(cid, data, links), links: links.map(namedLink) }
  if (type === 'symlink') return { ...metadata, kind: type, target: targetOf(cid, data, links) }
  throw new PeerageError('dag.unsupported', `The block ${cid} is of a type of UnixFS that nobody uses.`)
}

/** "The sister-lists" have one length, and `filesize` is the sum of all that is there. */
function fileOf(cid: CID, { data = nothing, fileSize, blockSizes }: UnixFsData, links: readonly PbLink[]) {
  if (blockSizes.length !== links.length) throw invalidDag(cid, 'not every part of the file has a size')
  let size = data.length
  const parts = links.map(({ hash, name = '' }, i): FilePart => {
    if (name !== '') throw invalidDag(cid, 'a part of the file has a name')
    const part = { cid: decodeCid(hash), start: size, size: blockSizes[i]! }
    size += part.size
    return part
  })
  if (!Number.isSafeInteger(size)) throw tooMuchDag(cid, 'size', 'the file is longer than numbers go')
  if ((fileSize ?? size) !== size) throw invalidDag(cid, 'the size of the file is not the sum of its parts')
  return { kind: 'file', size, bytes: data, parts } as const
}

function fanoutOf(cid: CID, { fanout = 0, hashType }: UnixFsData, links: readonly PbLink[]): number {
  if (hashType !== hamtHashType) throw invalidDag(cid, 'the HAMT has an unknown hash function')
  if (fanout > dagLimits.fanout) throw tooMuchDag(cid, 'fanout', `a HAMT node of ${fanout} buckets`)
  if (fanout < 8 || (fanout & (fanout - 1)) !== 0) throw invalidDag(cid, `a HAMT node of ${fanout} buckets`)
  if (links.length > fanout) throw invalidDag(cid, 'a HAMT node has more links than buckets')
  return fanout
}

function targetOf(cid: CID, { data = nothing }: UnixFsData, links: readonly PbLink[]): string {
  const target = data.length > dagLimits.nameBytes * 4 ? undefined : fromUtf8(data)
  if (target === undefined || links.length > 0) throw invalidDag(cid, 'a link that leads nowhere')
  return target
}

function namedLink({ hash, name = '', size }: PbLink): NamedLink {
  return { name, cid: decodeCid(hash), ...(size !== undefined && { dagSize: size }) }
}
