import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { codecs, decodeCid } from '../cid.ts'
import type { VerifiedBlock } from '../verified-block.ts'
import { invalidDag, tooMuchDag } from './faults.ts'
import { dagLimits } from './limits.ts'

const decoders: ReadonlyMap<number, (bytes: Uint8Array) => unknown> = new Map([
  [codecs.dagCbor, (bytes: Uint8Array): unknown => dagCbor.decode(bytes)],
  [codecs.dagJson, (bytes: Uint8Array): unknown => dagJson.decode(bytes)],
])

/** Whether a block has data that are no UnixFS: DAG-CBOR, DAG-JSON. */
export function isDataCodec(code: number): boolean {
  return decoders.has(code)
}

/** The data of a DAG-CBOR or DAG-JSON block: maps, lists, CIDs and plain values. Throws `dag.invalid`, `dag.limit`. */
export function readData({ cid, bytes }: VerifiedBlock): unknown {
  const limit = exceeded(cid.code === codecs.dagCbor ? cborExtent(bytes) : jsonExtent(bytes))
  if (limit !== undefined) throw tooMuchDag(cid, limit, beyond[limit])
  try {
    return decoders.get(cid.code)!(bytes)
  } catch (error) {
    throw invalidDag(cid, 'it is malformed', error)
  }
}

/** The CIDs in data, in the order in which they stand. Throws `dag.invalid` for one that is beyond our bounds. */
export function* cidsIn(data: unknown): Generator<CID> {
  const stack: unknown[] = [data]
  while (stack.length > 0) {
    const value = stack.pop()
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue
    const cid = CID.asCID(value)
    if (cid !== null) yield decodeCid(cid.bytes)
    else for (const part of Object.values(value).toReversed()) stack.push(part)
  }
}

/** What a block has in it, counted before a decoder gets it that calls itself, and takes a microsecond and a hundred bytes for each. */
interface Extent {
  /** Lists, maps and tags in each other. */
  nesting: number
  values: number
  links: number
}

type ExtentLimit = keyof Extent & keyof typeof dagLimits

const beyond: Readonly<Record<ExtentLimit, string>> = {
  nesting: 'lists and maps too deep in each other',
  values: `it has more than ${dagLimits.values} values`,
  links: `it has more than ${dagLimits.links} links`,
}

function exceeded(extent: Extent): ExtentLimit | undefined {
  if (extent.nesting > dagLimits.nesting) return 'nesting'
  if (extent.values > dagLimits.values) return 'values'
  return extent.links > dagLimits.links ? 'links' : undefined
}

const linkTag = 42

function cborExtent(bytes: Uint8Array): Extent {
  /** Items that are still to come in each list that is open. */
  const open: number[] = []
  const extent = { nesting: 0, values: 0, links: 0 }
  for (let at = 0; at < bytes.length; ) {
    const head = bytes[at++]!
    const [major, short] = [head >> 5, head & 31]
    const more = short < 24 ? 0 : short < 28 ? 2 ** (short - 24) : 0
    let value = short < 24 ? short : 0
    for (let i = 0; i < more; i++) value = value * 256 + (bytes[at++] ?? 0)
    if (major === 2 || major === 3) at += value
    const items = major === 4 ? value : major === 5 ? 2 * value : major === 6 ? 1 : 0
    if (items > 0) open.push(items)
    else while (open.length > 0 && --open[open.length - 1]! === 0) open.pop()
    extent.values++
    if (major === 6 && value === linkTag) extent.links++
    extent.nesting = Math.max(extent.nesting, open.length)
    if (exceeded(extent) !== undefined) return extent
  }
  return extent
}

const [quote, backslash, slash] = [0x22, 0x5c, 0x2f]
const [listOpens, listCloses, mapOpens, mapCloses] = [0x5b, 0x5d, 0x7b, 0x7d]
const [comma, colon] = [0x2c, 0x3a]

function jsonExtent(bytes: Uint8Array): Extent {
  let depth = 0
  let isText = false
  const extent = { nesting: 0, values: 1, links: 0 }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (isText && byte === backslash) at++
    else if (byte === quote) {
      isText = !isText
      // The key of a CID, and of bytes.
      if (isText && bytes[at + 1] === slash && bytes[at + 2] === quote) extent.links++
    } else if (isText) continue
    else if (byte === listOpens || byte === mapOpens) {
      extent.values++
      extent.nesting = Math.max(extent.nesting, ++depth)
    } else if (byte === listCloses || byte === mapCloses) depth--
    else if (byte === comma || byte === colon) extent.values++
    if (exceeded(extent) !== undefined) return extent
  }
  return extent
}
