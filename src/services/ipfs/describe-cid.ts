import { setImmediate } from 'node:timers/promises'
import { base36 } from 'multiformats/bases/base36'
import type { CID } from 'multiformats/cid'
import { PeerageError, toHex } from '../../base/index.ts'
import {
  type BlockReader,
  codecs,
  dagLimits,
  hashCodes,
  knownLinksOf,
  type NodeStat,
  resolvePath,
  statNode,
} from '../../content/index.ts'
import type { IpfsHost } from './host.ts'
import { placeOf } from './place-of.ts'

/** What a CID says by itself. */
export interface CidNames {
  /** Version 1 in base 32: how it is written here. */
  readonly cid: string
  /** Version 0 (`Qm...`), where that can say it. */
  readonly v0?: string
  /** In base 36, which is short enough for a label of a host name. */
  readonly base36: string
  /** By its name, or its number in the table of multicodec. */
  readonly codec: string
  readonly hash: string
  /** In hexadecimal. */
  readonly digest: string
}

/** How much of a DAG is on this computer. */
export interface DagHere {
  /** Each once. */
  readonly blocks: number
  readonly bytes: number
  /** Blocks that those lead to and that are not here; what these lead to nobody knows. */
  readonly missing: number
}

/** While it is counted: how far. The last one has all. */
export type DescribeUpdate = ({ readonly phase: 'counting' } & DagHere) | CidReport

/** A CID, what is behind it, and what this computer has of that. */
export interface CidReport extends CidNames, DagHere {
  readonly phase: 'described'
  readonly isWhole: boolean
  /** Absent where its first block is not here, or is of another kind. */
  readonly kind?: NodeStat['kind']
  /** Bytes of the file. */
  readonly size?: number
  /** Contents of yours that its first block is in, by info hash. */
  readonly contents: readonly { readonly infoHash: string; readonly name: string }[]
  readonly isPinned: boolean
  /** Anybody may have its first block from here. */
  readonly isPublic: boolean
  /** When others were last told that it is here, in milliseconds since 1970; 0: not yet. Absent: it is not announced. */
  readonly announcedAt?: number
}

const codecNames: ReadonlyMap<number, string> = new Map([
  [codecs.raw!, 'raw'],
  [codecs.dagPb!, 'dag-pb'],
  [codecs.dagCbor!, 'dag-cbor'],
  [codecs.dagJson!, 'dag-json'],
  [0x72, 'libp2p-key'],
])
const hashNames: ReadonlyMap<number, string> = new Map([
  [hashCodes.identity!, 'identity'],
  [hashCodes.sha256!, 'sha2-256'],
  [hashCodes.sha512!, 'sha2-512'],
  [hashCodes.blake3!, 'blake3'],
])
/** After so many blocks others get a turn, and after so many it is told how far. */
const blocksPerTurn = 64
const blocksPerNews = 4_096

/**
 * Nobody is asked for a block: what is here is counted. A name (`ipns://`) is looked up first.
 *
 * @throws PeerageError `link.invalid`, `block.missing` for a path that leads through what is not here, `dag.invalid`, `dag.limit`, what names throw;
 * `signal.reason`
 */
export async function* describeCid(
  host: IpfsHost,
  { link }: { readonly link: string },
  signal: AbortSignal,
): AsyncGenerator<DescribeUpdate> {
  const place = await placeOf(host, link.trim(), signal)
  const blocks = readerOf(host)
  const { cid } =
    place.path.length === 0 ? place : await resolvePath(blocks, place.cid, place.path, { signal })
  const here = yield* countHere(host, cid, signal)
  const stat = await statOf(blocks, cid, signal)
  const announcedAt = host.ipfs?.routing.announcedAt(cid)
  yield {
    phase: 'described',
    ...namesOf(cid),
    ...here,
    isWhole: here.blocks > 0 && here.missing === 0,
    ...(stat && { kind: stat.kind }),
    ...(stat?.kind === 'file' && { size: stat.size }),
    contents: host.contentsOf(cid),
    isPinned: host.isPinned(cid),
    isPublic: host.isPublic(cid),
    ...(announcedAt !== undefined && { announcedAt }),
  }
}

function namesOf(cid: CID): CidNames {
  const { code, multihash } = cid
  const isOld = code === codecs.dagPb && multihash.code === hashCodes.sha256
  return {
    cid: cid.toV1().toString(),
    ...(isOld && { v0: cid.toV0().toString() }),
    base36: cid.toV1().toString(base36),
    codec: codecNames.get(code) ?? numbered(code),
    hash: hashNames.get(multihash.code) ?? numbered(multihash.code),
    digest: toHex(multihash.digest),
  }
}

function numbered(code: number): string {
  return `0x${code.toString(16)}`
}

function readerOf({ blocks }: IpfsHost): BlockReader {
  return {
    async get(cid, options) {
      const block = await blocks.get(cid, options)
      if (block !== undefined) return block
      throw new PeerageError(
        'block.missing',
        `The block ${cid} is not on this computer; \`peerage ls\` looks for it elsewhere.`,
        {
          details: { cid: cid.toString() },
        },
      )
    },
  }
}

/** Leaves are not read, only looked for. */
async function* countHere(
  { blocks }: IpfsHost,
  root: CID,
  signal: AbortSignal,
): AsyncGenerator<DescribeUpdate, DagHere> {
  const seen = new Set<string>()
  const waiting: { readonly cid: CID; readonly depth: number }[] = [{ cid: root, depth: 0 }]
  let [count, bytes, missing] = [0, 0, 0]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { cid, depth } = next
    const key = `${cid.code} ${String.fromCharCode(...cid.multihash.bytes)}`
    if (seen.has(key)) continue
    seen.add(key)
    signal.throwIfAborted()
    if (seen.size > dagLimits.blocks || depth > dagLimits.depth || waiting.length > dagLimits.pending)
      throw new PeerageError('dag.limit', 'It has more blocks, or is deeper, than can be counted.')
    if (seen.size % blocksPerTurn === 0) await setImmediate()
    if (seen.size % blocksPerNews === 0) yield { phase: 'counting', blocks: count, bytes, missing }
    const size = blocks.sizeOf(cid)
    const block =
      size === undefined || cid.code === codecs.raw ? undefined : await blocks.get(cid, { signal })
    if (size === undefined || (block === undefined && cid.code !== codecs.raw)) {
      missing++
      continue
    }
    count++
    bytes += size
    if (block !== undefined)
      for (const link of knownLinksOf(block)) waiting.push({ cid: link, depth: depth + 1 })
  }
  return { blocks: count, bytes, missing }
}

/** Undefined where its first block is not here, or no UnixFS and no data. */
async function statOf(blocks: BlockReader, cid: CID, signal: AbortSignal): Promise<NodeStat | undefined> {
  try {
    return await statNode(blocks, cid, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
