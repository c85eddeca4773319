import { PeerageError } from '../base/index.ts'
import {
  type ContentInfo,
  type PackedContent,
  parseInfo,
  type Torrent,
  unpackContent,
} from '../content/index.ts'
import { bySteps } from './by-steps.ts'
import { diskErrorOf } from './disk-errors.ts'
import type { PackedLayers, Refused } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'

/** What a `.torrent` file holds, with the hashes of its info dictionary that its version has use for. */
export interface NamedTorrent {
  readonly torrent: Torrent
  readonly infoHash: Uint8Array | undefined
  readonly infoHashV1: Uint8Array | undefined
}

/** Dictionaries up to this long are read at once, which takes a few milliseconds; in bytes. */
const smallBytes = 64 * 1024
const layersPerStep = 1024

/** Dictionaries that came in a `.torrent` file: what they say is known, and is asked for soon or never. */
const known = new WeakMap<Uint8Array, PackedContent>()

/** Reads a `.torrent` file in a worker; layers are views of `bytes`. Throws `content.invalid`, `bencode.*`. */
export async function readTorrent(pool: IoPool, bytes: Uint8Array): Promise<NamedTorrent> {
  const read = accepted(await pool.run({ op: 'read-torrent', bytes }, bytes.length))
  const [from, length] = read.infoAt
  // A copy: the layers go when they are in the index, the dictionary stays.
  const info = new Uint8Array(bytes.subarray(from, from + length))
  known.set(info, read.content)
  const pieceLayers = await bySteps(unpackLayers(read.layers, bytes))
  const { torrent, infoHash, infoHashV1 } = read
  return { torrent: { ...torrent, info, pieceLayers }, infoHash, infoHashV1 }
}

/** What `parseInfo` answers; a long dictionary is read in a worker. Throws the same. */
export async function readContent(pool: IoPool, info: Uint8Array, maxFiles?: number): Promise<ContentInfo> {
  if (info.length <= smallBytes) return parseInfo(info, maxFiles === undefined ? {} : { maxFiles })
  const packed = known.get(info) ?? (await packedOf(pool, info, maxFiles))
  known.delete(info)
  return await bySteps(unpackContent(packed, info))
}

async function packedOf(
  pool: IoPool,
  info: Uint8Array,
  maxFiles: number | undefined,
): Promise<PackedContent> {
  try {
    return accepted(await pool.run({ op: 'read-content', info, maxFiles }, info.length)).content
  } catch (error) {
    throw diskErrorOf(error, 'reading')
  }
}

function accepted<T extends { readonly refused?: undefined }>(result: T | Refused): T {
  if (result.refused === undefined) return result
  throw new PeerageError(result.refused.code, result.refused.message)
}

function* unpackLayers(
  { roots, places }: PackedLayers,
  bytes: Uint8Array,
): Generator<void, Map<string, Uint8Array>> {
  const layers = new Map<string, Uint8Array>()
  for (let at = 0; at < places.length; at += 2) {
    const from = places[at]!
    const layer = new Uint8Array(bytes.buffer, bytes.byteOffset + from, places[at + 1])
    layers.set(roots.slice(at * 32, at * 32 + 64), layer)
    if (layers.size % layersPerStep === 0) yield
  }
  return layers
}
