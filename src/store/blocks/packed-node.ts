import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { concat, equalBytes } from '../../base/index.ts'
import { hashLength } from '../../content/index.ts'
import {
  dagPbLimits,
  decodeDagPb,
  encodeDagPb,
  encodeVarint,
  type PbLink,
  type PbNode,
  ProtobufReader,
} from '../../wire/index.ts'
import {
  bucketOf,
  digits,
  fileLink,
  type HamtNodes,
  type HamtPlace,
  hamtData,
  hamtNode,
  isSameLink,
  levelsOf,
  prefixOf,
  rawSha256,
} from './hamt-nodes.ts'
import type { FileFinder } from './whole-files.ts'

/** The first byte: bits. */
const [deflated, isHamt, isUsual, isMade] = [1, 2, 4, 8]
/** Files of a node of a HAMT by which it is tried whether that is made again: the first may be a twin in another folder. */
const mostTries = 4

interface Reference {
  readonly file: number
  readonly prefix: string
}

/** A node that is all said by the content, or without what that says. */
export type PackedNode = { readonly place: HamtPlace } | { readonly bytes: Uint8Array }

/**
 * A node of a folder without what the content says of its files: names, sizes and hashes are half of an index of small files. Undefined
 * when it links to no file that `finder` knows, or is not made again byte for byte. By steps.
 */
export function* packNode(
  bytes: Uint8Array,
  finder: FileFinder,
  nodes: HamtNodes,
): Generator<void, PackedNode | undefined> {
  const node = decoded(bytes)
  if (node?.data === undefined) return undefined
  const references = node.links.map(link => referenceOf(link, finder))
  const prefixes = new Set(references.flatMap(reference => reference?.prefix.length ?? []))
  if (prefixes.size !== 1) return undefined
  const isPlain = prefixes.has(0)
  // A node of a HAMT has a bit for each bucket, which its links say as well.
  const usual = isPlain ? undefined : hamtData(node.links)
  const saysMore = usual === undefined || !equalBytes(usual, node.data)
  const made = saysMore ? undefined : yield* madeOf(node.links, references, nodes)
  if (made?.others.length === 0 && equalBytes(hamtNode(node.links), bytes)) return { place: made.place }
  const listed = write(node, references, saysMore ? node.data : new Uint8Array(0))
  const rest = made && writeRest(made)
  const body = rest !== undefined && rest.length < listed.length ? rest : listed
  const smaller = deflateRawSync(body)
  const isSmaller = smaller.length < body.length
  const kind = body === rest ? isMade : (isPlain ? 0 : isHamt) | (saysMore ? 0 : isUsual)
  const packed = concat([Uint8Array.of((isSmaller ? deflated : 0) | kind), isSmaller ? smaller : body])
  const again = yield* unpackNode(packed, nodes)
  return again !== undefined && equalBytes(again, bytes) ? { bytes: packed } : undefined
}

/** The node again; undefined for what is none of these files. Nothing is believed of it before it is hashed. By steps. */
export function* unpackNode(packed: Uint8Array, nodes: HamtNodes): Generator<void, Uint8Array | undefined> {
  try {
    const flags = packed[0]!
    const rest = packed.subarray(1)
    const isDeflated = (flags & deflated) !== 0
    const body = isDeflated ? inflateRawSync(rest, { maxOutputLength: dagPbLimits.blockBytes }) : rest
    const reader = new ProtobufReader(body)
    if ((flags & isMade) !== 0) return yield* readRest(reader, nodes)
    const node = read(reader, nodes, (flags & isHamt) !== 0)
    return encodeDagPb((flags & isUsual) === 0 ? node : { ...node, data: hamtData(node.links) })
  } catch {
    return undefined
  }
}

/** A node of a HAMT by where it is, and what in it the content does not say. */
interface Made {
  readonly place: HamtPlace
  readonly others: readonly PbLink[]
}

function* madeOf(
  links: readonly PbLink[],
  references: readonly (Reference | undefined)[],
  nodes: HamtNodes,
): Generator<void, Made | undefined> {
  const known = references.filter(reference => reference !== undefined).slice(0, mostTries)
  for (const { file, prefix } of known) {
    yield* nodes.prepare(file)
    let best: Made | undefined
    // Far down there are few files to look at.
    for (const level of levelsOf(nodes.files[file]!, Number.parseInt(prefix, 16)).toReversed()) {
      const place = { file, level }
      const others = othersOf(links, nodes.links(place))
      if (others?.length === 0) return { place, others }
      if (others !== undefined && others.length < (best?.others.length ?? links.length))
        best = { place, others }
      yield
    }
    if (best !== undefined) return best
  }
  return undefined
}

/** Those that are not what the content says; undefined when that says something of a bucket that is empty. */
function othersOf(
  links: readonly PbLink[],
  said: readonly PbLink[] | undefined,
): readonly PbLink[] | undefined {
  if (said === undefined) return undefined
  const inBucket = new Map(said.map(link => [bucketOf(link), link]))
  const others = links.filter(link => !isSameLink(link, inBucket.get(bucketOf(link))))
  return withOthers(said, others).length === links.length ? others : undefined
}

/** In the buckets of others nothing else is. */
function withOthers(said: readonly PbLink[], others: readonly PbLink[]): readonly PbLink[] {
  if (others.length === 0) return said
  const taken = new Set(others.map(bucketOf))
  const all = [...said.filter(link => !taken.has(bucketOf(link))), ...others]
  return all.sort((a, b) => bucketOf(a) - bucketOf(b))
}

function writeRest({ place: { file, level }, others }: Made): Uint8Array {
  return concat([...[file, level, others.length].map(encodeVarint), ...others.flatMap(literal)])
}

function* readRest(reader: ProtobufReader, nodes: HamtNodes): Generator<void, Uint8Array | undefined> {
  const place = { file: reader.varint(), level: reader.varint() }
  const others = Array.from({ length: countOf(reader) }, () => readLiteral(reader))
  reader.end()
  yield* nodes.prepare(place.file)
  const said = nodes.links(place)
  return said && hamtNode(withOthers(said, others))
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

function read(reader: ProtobufReader, { files }: HamtNodes, withPrefix: boolean): PbNode {
  const data = reader.bytes(dagPbLimits.blockBytes)
  const count = countOf(reader)
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
    const prefix = withPrefix ? prefixOf(reader.varint()) : ''
    const link = fileLink(file)
    links.push({ ...link, name: `${prefix}${link.name}` })
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

function countOf(reader: ProtobufReader): number {
  const count = reader.varint()
  if (count > dagPbLimits.links) throw new TypeError('too many links')
  return count
}
