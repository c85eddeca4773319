import { hash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { utf8 } from '../../src/base/index.ts'
import { cidOfSha256, codecs, hashCodes } from '../../src/content/index.ts'
import { HamtPath } from '../../src/content/unixfs/hamt-path.ts'
import { encodeDagPb, encodeUnixFs, type PbLink, type UnixFsData } from '../../src/wire/index.ts'

/** Blocks that are made when somebody asks for them, so that a DAG of any size takes no room. */
export class Forge {
  readonly #makers = new Map<string, () => Uint8Array>()

  add(make: () => Uint8Array, codec: number = codecs.dagPb): CID {
    const cid = cidOfSha256(hash('sha256', make(), 'buffer'), codec, 1)
    this.#makers.set(cid.toString(), make)
    return cid
  }

  node(data: UnixFsData, links: () => readonly PbLink[]): CID {
    return this.add(() => encodeDagPb({ links: links(), data: encodeUnixFs(data) }))
  }

  block(cid: string): Uint8Array | undefined {
    return this.#makers.get(cid)?.()
  }
}

const folder = { type: 'directory', blockSizes: [] } as const
const link = (cid: CID, name = '', size = 1): PbLink => ({ hash: cid.bytes, name, size })
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))
const digits = (i: number, count: number): string => `${i}`.padStart(count, '0')

/** Folders in one another, each called `d`. */
export function deepFolders(forge: Forge, depth: number): CID {
  let cid = forge.add(() => utf8('x'), codecs.raw)
  for (let i = 0; i < depth; i++) {
    const below = cid
    cid = forge.node(folder, () => [link(below, 'd')])
  }
  return cid
}

/** A file of one byte below nodes of one link each. */
export function deepFile(forge: Forge, depth: number): CID {
  let cid = forge.add(() => utf8('x'), codecs.raw)
  for (let i = 0; i < depth; i++) {
    const below = cid
    cid = forge.node({ type: 'file', fileSize: 1, blockSizes: [1] }, () => [link(below)])
  }
  return cid
}

/** As many levels of folders as `levels`, each with 174 names for one and the same folder ("billion laughs"). */
export function laughingFolders(forge: Forge, levels: number): CID {
  let cid = forge.add(() => utf8('x'), codecs.raw)
  for (let i = 0; i < levels; i++) {
    const below = cid
    cid = forge.node(folder, () => times(174, at => link(below, digits(at, 3))))
  }
  return cid
}

/** A file of 174^levels bytes out of one byte. The topmost size is left out where there is no number for it. */
export function laughingFile(forge: Forge, levels: number): CID {
  let cid = forge.add(() => utf8('x'), codecs.raw)
  for (let level = 0, size = 1; level < levels; level++) {
    const [below, part] = [cid, size]
    size *= 174
    const data = { type: 'file', blockSizes: times(174, () => part) } as const
    const fileSize = Number.isSafeInteger(size) ? { fileSize: size } : {}
    cid = forge.node({ ...data, ...fileSize }, () => times(174, () => link(below)))
  }
  return cid
}

/**
 * `levels` folders in one another, each with `width` files beside the next folder, of which no two are the same; each stands in its CID. One
 * template and four bytes of each, so that ten million are made in a second.
 */
export function wideFolders(forge: Forge, levels: number, width: number): CID {
  const made = CID.createV1(codecs.raw, Digest.create(hashCodes.identity, Uint8Array.of(0xde, 0xad, 0, 0)))
  const end = encodeDagPb({ links: [], data: encodeUnixFs(folder) })
  const files = encodeDagPb({ links: times(width, i => link(made, `f${digits(i, 6)}`)) })
  const stride = files.length / width
  const digestAt = files.indexOf(0xde)
  let cid = forge.add(() => utf8('x'), codecs.raw)
  for (let level = 0; level < levels; level++) {
    const below = cid
    const first = level * width
    cid = forge.add(() => {
      const head = encodeDagPb({ links: [link(below, 'd')] })
      const bytes = Buffer.concat([head, files, end])
      for (let i = 0; i < width; i++) bytes.writeUInt32LE(first + i, head.length + i * stride + digestAt)
      return bytes
    })
  }
  return cid
}

const shard = (fanout: number): UnixFsData => ({ type: 'hamt', hashType: 0x22, fanout, blockSizes: [] })

/** Nodes of a HAMT in one another, much deeper than a hash has bits, each with one more that there is not. */
export function deepHamt(forge: Forge, depth: number): CID {
  const nowhere = cidOfSha256(hash('sha256', 'a node that there is not', 'buffer'), codecs.dagPb, 1)
  let cid = forge.node(shard(256), () => [link(nowhere, '00x')])
  for (let i = 0; i < depth; i++) {
    const below = cid
    cid = forge.node(shard(256), () => [link(below, '00'), link(nowhere, '01')])
  }
  return cid
}

/** A well-made HAMT of about 0.8 times as many names as `names`: what comes second to a bucket is left out. */
export function wideHamt(forge: Forge, names: number): CID {
  const file = forge.add(() => utf8('x'), codecs.raw)
  const shards = times(1_024, () => new Map<string, string>())
  for (let i = 0; i < names; i++) {
    const path = new HamtPath(`${i}`, 1_024)
    shards[Number.parseInt(path.prefix(0)!, 16)]!.set(path.prefix(1)!, `${i}`)
  }
  const nodes = shards.map(buckets => {
    const found = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1))
    return forge.node(shard(1_024), () => found.map(([prefix, name]) => link(file, prefix + name)))
  })
  const prefix = (i: number): string => i.toString(16).toUpperCase().padStart(3, '0')
  return forge.node(shard(1_024), () => nodes.map((node, i) => link(node, prefix(i))))
}

/** Symbolic links in a circle, and one to itself, beside a file. */
export function circularLinks(forge: Forge): CID {
  const to = (target: string): CID =>
    forge.node({ type: 'symlink', data: utf8(target), blockSizes: [] }, () => [])
  const file = forge.add(() => utf8('x'), codecs.raw)
  const links = [
    link(to('b'), 'a'),
    link(to('./a'), 'b'),
    link(to('c'), 'c'),
    link(to('../../d'), 'out'),
    link(file, 'x'),
  ]
  return forge.node(folder, () => links)
}

/** Something that a peer is asked for: a CID. */
export interface Job {
  readonly face: 'get' | 'cat' | 'ls' | 'export' | 'pin' | 'preview' | 'page' | 'car' | 'carWithDups'
  readonly what: string
}

export interface JobReport extends Job {
  /** A code, a status of HTTP, or how much of it was told. */
  readonly result: string
  readonly ms: number
}

export interface MemoryReport {
  /** In bytes, of the whole process. */
  readonly maxRss: number
}
