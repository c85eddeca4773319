import type { CID } from 'multiformats/cid'
import { codecs } from '../cid.ts'
import type { BlockReader } from '../verified-block.ts'
import type { UnixFsMetadata } from './dag-child.ts'
import { isDataCodec, readData } from './data-node.ts'
import { type DagOptions, getBlock } from './get-block.ts'
import { readNode } from './node.ts'

/** What a CID is. `data` is DAG-CBOR or DAG-JSON. */
export interface NodeStat extends UnixFsMetadata {
  readonly kind: 'file' | 'directory' | 'symlink' | 'data'
  /** Bytes of a file or of the block of data; 0 otherwise. */
  readonly size: number
  /** Where a symbolic link leads: hostile text. */
  readonly target?: string
}

/** Fetches one block. Throws `dag.invalid`, `dag.limit`, `dag.unsupported`, and what `blocks` rejects with. */
export async function statNode(blocks: BlockReader, cid: CID, options: DagOptions = {}): Promise<NodeStat> {
  const block = await getBlock(blocks, cid, options)
  if (isDataCodec(cid.code)) {
    readData(block)
    return { kind: 'data', size: block.bytes.length }
  }
  if (cid.code === codecs.raw) return { kind: 'file', size: block.bytes.length }
  const node = readNode(block)
  const { mode, mtime } = node
  const metadata = { ...(mode !== undefined && { mode: mode & 0o7777 }), ...(mtime && { mtime }) }
  if (node.kind === 'file') return { ...metadata, kind: 'file', size: node.size }
  if (node.kind === 'symlink') return { ...metadata, kind: 'symlink', size: 0, target: node.target }
  return { ...metadata, kind: 'directory', size: 0 }
}
