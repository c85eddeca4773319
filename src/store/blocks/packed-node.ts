import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { concat, equalBytes } from '../../base/index.ts'
import { type FileEntry, hashLength, shardData } from '../../content/index.ts'
import {
  dagPbLimits,
  decodeDagPb,
  encodeDagPb,
  encodeUnixFs,
  encodeVarint,
  type PbLink,
  type PbNode,
  ProtobufReader,
} from '../../wire/index.ts'
import type { FileFinder } from './whole-files.ts'

/** CID of version 1 of a raw block with SHA-256, in front of the hash. */
const rawSha256 = Uint8Array.of(0x01, 0x55, 0x12, hashLength)
/** Digits of the bucket in front of the names in a node of a HAMT. */
const digits = 2
/** The first byte: bits. */
const [deflated, isHamt, isUsual] = [1, 2, 4]

interface Reference {
  readonly file: number
  readonly prefix: string
}

/**
 * A node of a folder without what the content says of its files: names, sizes and hashes are half of an index of small files. Undefined
 * when it links to no file that `finder` knows, or is not made again byte for byte.
 */
export function packNode(bytes: Uint8Array, finder: FileFinder): Uint8Array | undefined {
  const node = decoded(bytes)
  if (node?.data === undefined) return undefined
  const references = node.links.map(link => referenceOf(link, finder))
  const prefixes = new Set(references.flatMap(reference => reference?.prefix.length ?? []))
  if (prefixes.size !== 1) return undefined
  const isPlain = prefixes.has(0)
  // A node of a HAMT has a bit for each bucket, which its links say as well.
  const usual = isPlain ? undefined : dataOf(node.links)
  const saysMore = usual === undefined || !equalBytes(usual, node.data)
  const body = write(node, references, saysMore ? node.data : new Uint8Array(0))
  const smaller = deflateRawSync(body)
  const isSmaller = smaller.length < body.length
  const flags = (isSmaller ? deflated : 0) | (isPlain ? 0 : isHamt) | (saysMore ? 0 : isUsual)
  const packed = concat([Uint8Array.of(flags), isSmaller ? smaller : body])
  const again = unpackNode(packed, finder.files)
  return again !== undefined && equalBytes(again, bytes) ? packed : undefined
}

/** The node again; undefined for what is none of these files. Nothing is believed of it before it is hashed. */
export function unpackNode(packed: Uint8Array, files: readonly FileEntry[]): Uint8Array | undefined {
  try {
    const flags = packed[0]!
    const rest = packed.subarray(1)
    const isDeflated = (flags & deflated) !== 0
    const body = isDeflated ? inflateRawSync(rest, { maxOutputLength: dagPbLimits.blockBytes }) : rest
    const node = read(new ProtobufReader(body), files, (flags & isHamt) !== 0)
    return encodeDagPb((flags & isUsual) === 0 ? node : { ...node, data: dataOf(node.links) })
  } catch {
    return undefined
  }
}

function dataOf(links: readonly PbLink[]): Uint8Array {
  const buckets = links.map(({ name = '' }) => Number.parseInt(name.slice(0, digits), 16))
  return encodeUnixFs(shardData(buckets))
}

function decoded(bytes: Uint8Array): PbNode | undefined {
  try {
    return decodeDagPb(bytes)
  } catch {
    return undefined
  }
}

function referenceOf({ hash, name = '' }: PbLink, finder: FileFinder): Reference | undefined {
  if (hash.length !== rawSha256.length + hashLength || !equalBytes(hash.subarray(0, 4), rawSha256))
    return undefined
  const digest = hash.subarray(4)
  const plain = finder.find(name, digest)
  if (plain !== undefined) return { file: plain, prefix: '' }
  const prefix = name.slice(0, digits)
  const file = /^[0-9A-F]{2}$/.test(prefix) ? finder.find(name.slice(digits), digest) : undefined
  return file === undefined ? undefined : { file, prefix }
}

/** Files mostly follow one another: of each it says how far it is from the one behind the last. */
function write(
  { links }: PbNode,
  references: readonly (Reference | undefined)[],
  data: Uint8Array,
): Uint8Array {
  const parts: Uint8Array[] = [...field(data), encodeVarint(links.length)]
  let next = 0
  links.forEach((link, i) => {
    const reference = references[i]
    if (reference === undefined) {
      parts.push(Uint8Array.of(0), ...literal(link))
      return
    }
    const step = reference.file - next
    parts.push(encodeVarint(1 + (step < 0 ? -2 * step - 1 : 2 * step)))
    if (reference.prefix !== '') parts.push(encodeVarint(Number.parseInt(reference.prefix, 16)))
    next = reference.file + 1
  })
  return concat(parts)
}

function literal({ hash, name = '', size = 0 }: PbLink): Uint8Array[] {
  return [...field(hash), ...field(Buffer.from(name)), encodeVarint(size)]
}

function field(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  return [encodeVarint(bytes.length), bytes]
}

function read(reader: ProtobufReader, files: readonly FileEntry[], withPrefix: boolean): PbNode {
  const data = reader.bytes(dagPbLimits.blockBytes)
  const count = reader.varint()
  if (count > dagPbLimits.links) throw new TypeError('too many links')
  const links: PbLink[] = []
  let next = 0
  while (links.length < count) {
    const tag = reader.varint()
    if (tag === 0) {
      links.push(readLiteral(reader))
      continue
    }
    const step = (tag - 1) % 2 === 0 ? (tag - 1) / 2 : -tag / 2
    const file = files[next + step]!
    const prefix = withPrefix ? hexOf(reader.varint()) : ''
    links.push({
      hash: concat([rawSha256, file.piecesRoot!]),
      name: `${prefix}${file.path.at(-1)}`,
      size: file.size,
    })
    next += step + 1
  }
  reader.end()
  return { links, data }
}

function readLiteral(reader: ProtobufReader): PbLink {
  const hash = reader.bytes(dagPbLimits.hashBytes)
  const name = Buffer.from(reader.bytes(dagPbLimits.nameBytes)).toString()
  return { hash, name, size: reader.varint() }
}

function hexOf(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(digits, '0')
}
