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
  const nesting = cid.code === codecs.dagCbor ? cborNesting(bytes) : jsonNesting(bytes)
  if (nesting > dagLimits.nesting) throw tooMuchDag(cid, 'nesting', 'lists and maps too deep in each other')
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

/** How deep lists, maps and tags are in each other; counted before a decoder that calls itself gets them. */
function cborNesting(bytes: Uint8Array): number {
  /** Items that are still to come in each list that is open. */
  const open: number[] = []
  let deepest = 0
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
    deepest = Math.max(deepest, open.length)
    if (deepest > dagLimits.nesting) return deepest
  }
  return deepest
}

const [quote, backslash] = [0x22, 0x5c]
const [listOpens, listCloses, mapOpens, mapCloses] = [0x5b, 0x5d, 0x7b, 0x7d]

function jsonNesting(bytes: Uint8Array): number {
  let [depth, deepest] = [0, 0]
  let isText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (isText && byte === backslash) at++
    else if (byte === quote) isText = !isText
    else if (isText) continue
    else if (byte === listOpens || byte === mapOpens) deepest = Math.max(deepest, ++depth)
    else if (byte === listCloses || byte === mapCloses) depth--
  }
  return deepest
}
