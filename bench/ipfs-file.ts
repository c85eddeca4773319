import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { createLink, createNode, code as dagPb, encode } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { create as multihash } from 'multiformats/hashes/digest'

/** As the profile `unixfs-v1-2025` has it (IPIP-499). */
const leafBytes = 2 ** 20
const maxLeaves = 1024
const [raw, sha256] = [0x55, 0x12]

/** A file as a DAG of one root and its leaves: at most 1 GiB. */
export interface FileDag {
  readonly root: CID
  readonly rootBytes: Uint8Array
  readonly leaves: readonly { readonly cid: CID; readonly at: number; readonly length: number }[]
}

export async function dagOfFile(path: string): Promise<FileDag> {
  const { size } = await stat(path)
  if (size > leafBytes * maxLeaves) throw new RangeError('only files of at most 1 GiB are measured')
  await using file = await open(path)
  const unixfs = new UnixFS({ type: 'file' })
  const leaves: { cid: CID; at: number; length: number }[] = []
  const buffer = Buffer.alloc(leafBytes)
  for (let at = 0; at < size; at += leafBytes) {
    const length = Math.min(leafBytes, size - at)
    await file.read(buffer, 0, length, at)
    unixfs.addBlockSize(BigInt(length))
    leaves.push({ cid: cidOf(raw, buffer.subarray(0, length)), at, length })
  }
  const links = leaves.map(({ cid, length }) => createLink('', length, cid))
  const rootBytes = encode(createNode(unixfs.marshal(), links))
  return { root: cidOf(dagPb, rootBytes), rootBytes, leaves }
}

function cidOf(codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, multihash(sha256, createHash('sha256').update(bytes).digest()))
}

/** Blocks in one file: those of a DAG that is there, and what is put behind one another. */
export class BlockFile {
  readonly #file: FileHandle
  readonly #places = new Map<string, { readonly at: number; readonly length: number }>()
  readonly #inner = new Map<string, Uint8Array>()
  readonly #spare: Uint8Array[] = []
  #end = 0

  constructor(file: FileHandle, dag?: FileDag) {
    this.#file = file
    if (dag === undefined) return
    this.#inner.set(keyOf(dag.root), dag.rootBytes)
    for (const { cid, at, length } of dag.leaves) this.#places.set(keyOf(cid), { at, length })
  }

  has(cid: CID): boolean {
    return this.#places.has(keyOf(cid)) || this.#inner.has(keyOf(cid))
  }

  sizeOf(cid: CID): number | undefined {
    return this.#places.get(keyOf(cid))?.length ?? this.#inner.get(keyOf(cid))?.length
  }

  async get(cid: CID): Promise<Uint8Array | undefined> {
    const place = this.#places.get(keyOf(cid))
    if (place === undefined) return this.#inner.get(keyOf(cid))
    const bytes = new Uint8Array(place.length)
    await this.#file.read(bytes, 0, place.length, place.at)
    return bytes
  }

  /** As `get`, in memory that `giveBack` lets be used again. */
  async loan(cid: CID): Promise<Uint8Array | undefined> {
    const place = this.#places.get(keyOf(cid))
    if (place === undefined) return await this.get(cid)
    const bytes = (this.#spare.pop() ?? new Uint8Array(leafBytes)).subarray(0, place.length)
    await this.#file.read(bytes, 0, place.length, place.at)
    return bytes
  }

  giveBack({ buffer }: Uint8Array): void {
    if (buffer.byteLength === leafBytes) this.#spare.push(new Uint8Array(buffer))
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    if (cid.code !== raw) return void this.#inner.set(keyOf(cid), Uint8Array.from(bytes))
    const place = { at: this.#end, length: bytes.length }
    this.#end += bytes.length
    await this.#file.write(bytes, 0, bytes.length, place.at)
    this.#places.set(keyOf(cid), place)
  }
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString('latin1')
}
