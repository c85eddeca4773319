import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { concat, PeerageError } from '../base/index.ts'
import { encodeVarint } from './protobuf.ts'

/** Bounds of an archive: bytes of its header, roots in it, bytes of a section (a CID and its block), and of what version 2 may put before the data. */
export const carLimits: Readonly<Record<'headerBytes' | 'roots' | 'sectionBytes' | 'paddingBytes', number>> =
  {
    headerBytes: 262_144,
    roots: 1_024,
    sectionBytes: 4_194_304 + 160,
    paddingBytes: 1_048_576,
  }

export interface CarHeader {
  readonly version: 1 | 2
  /** CIDs in binary form, not looked into. */
  readonly roots: readonly Uint8Array[]
}

/** The eleven bytes that version 2 begins with: a header of version 1 that says it is 2 (CARv2, "Pragma"). */
const pragma: Uint8Array = Uint8Array.of(0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02)
const v2HeaderBytes = 40
/** Where the data of an archive of version 2 begin, that has no padding; the header of `carV2Head` is that long. */
export const carV2DataOffset: number = pragma.length + v2HeaderBytes

/** The header of version 1, with its length in front. */
export function encodeCarHeader(roots: readonly CID[]): Uint8Array {
  const header = dagCbor.encode({ roots, version: 1 })
  return concat([encodeVarint(header.length), header])
}

/** What stands in front of a block: the length of CID and block, and the CID. */
export function carSectionHead(cid: Uint8Array, blockBytes: number): Uint8Array {
  return concat([encodeVarint(cid.length + blockBytes), cid])
}

/** What stands in front of an archive of version 1 to make it one of version 2, without an index. */
export function carV2Head(dataBytes: number): Uint8Array {
  const out = new Uint8Array(carV2DataOffset)
  out.set(pragma)
  const view = new DataView(out.buffer, pragma.length + 16)
  view.setBigUint64(0, BigInt(carV2DataOffset), true)
  view.setBigUint64(8, BigInt(dataBytes), true)
  return out
}

/**
 * Takes an archive of either version apart, in chunks of any size, without holding more of it than one section. The index of version 2 is
 * passed over: it is hearsay. Every method throws `car.invalid`.
 */
export class CarReader {
  readonly #parts = new Parts()
  #header: CarHeader | undefined
  #version: 1 | 2 = 1
  /** Bytes of the data of version 2 that are still to come; undefined for version 1, which ends where it ends. */
  #left: number | undefined
  #skip = 0
  #pushed = 0
  #want: 'header' | 'v2-header' | 'section' = 'header'

  /** Undefined until it has come. */
  get header(): CarHeader | undefined {
    return this.#header
  }

  /** Bytes of the archive that were taken apart: where the section that was given last ends. */
  get at(): number {
    return this.#pushed - this.#parts.length
  }

  /** The sections that are whole now, a CID and its block each: where all of one is in `chunk` it is a part of that, and not a copy. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    this.#parts.push(chunk)
    this.#pushed += chunk.length
    for (;;) {
      this.#skip -= this.#parts.drop(this.#skip)
      if (this.#skip > 0) return
      const frame = this.#next()
      if (frame === undefined) return
      if (this.#want === 'section') yield frame
      else if (this.#want === 'v2-header') this.#takeV2Header(frame)
      // Its roots are kept, and the chunk may be used again.
      else this.#takeHeader(frame.slice())
    }
  }

  /**
   * Forgets the end of what was pushed that is no whole section yet, and says how many bytes that is: to be pushed again in one chunk with what
   * follows, so that nothing needs to be copied.
   */
  takeBack(): number {
    const count = this.#parts.drop(Number.POSITIVE_INFINITY)
    this.#pushed -= count
    return count
  }

  /** To be called when nothing follows: throws when something should. */
  end(): void {
    if (this.#header === undefined) throw malformed('it ends before its header does')
    if (this.#parts.length > 0 && this.#left !== 0) throw malformed('it is cut off')
    if ((this.#left ?? 0) > 0) throw malformed('it is shorter than its header says')
  }

  #next(): Uint8Array | undefined {
    if (this.#want === 'v2-header') return this.#parts.take(v2HeaderBytes)
    if (this.#left === 0) {
      this.#parts.drop(Number.POSITIVE_INFINITY)
      return undefined
    }
    const length = this.#parts.peekVarint()
    if (length === undefined) return undefined
    const [limit, what] =
      this.#want === 'header'
        ? [carLimits.headerBytes, 'header']
        : ([carLimits.sectionBytes, 'block'] as const)
    if (length.value === 0) throw malformed(`it has an empty ${what}`)
    if (length.value > limit) throw malformed(`it has a ${what} of ${length.value} bytes`)
    const whole = length.bytes + length.value
    if (this.#left !== undefined && whole > this.#left) throw malformed(`a ${what} goes beyond its end`)
    if (this.#parts.length < whole) return undefined
    this.#parts.drop(length.bytes)
    if (this.#left !== undefined) this.#left -= whole
    return this.#parts.take(length.value)
  }

  #takeHeader(frame: Uint8Array): void {
    const { version, roots } = readHeader(frame)
    if (version === 2 && this.#version === 1) {
      this.#version = 2
      this.#want = 'v2-header'
      return
    }
    if (version !== 1 || roots === undefined) throw malformed('its header is of no version that there is')
    this.#header = { version: this.#version, roots }
    this.#want = 'section'
  }

  #takeV2Header(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset + 16, 24)
    const [offset, size] = [Number(view.getBigUint64(0, true)), Number(view.getBigUint64(8, true))]
    if (offset < carV2DataOffset || offset > carV2DataOffset + carLimits.paddingBytes)
      throw malformed(`its data begin at byte ${offset}`)
    if (!Number.isSafeInteger(size) || size === 0) throw malformed(`its data have ${size} bytes`)
    this.#skip = offset - carV2DataOffset
    this.#left = size
    this.#want = 'header'
  }
}

function readHeader(bytes: Uint8Array): { version: unknown; roots?: Uint8Array[] } {
  let header: unknown
  try {
    header = dagCbor.decode(bytes)
  } catch (cause) {
    throw malformed('its header is damaged', cause)
  }
  if (typeof header !== 'object' || header === null || !('version' in header))
    throw malformed('it has no header')
  const { version } = header
  if (!('roots' in header)) return { version }
  if (!Array.isArray(header.roots) || header.roots.length > carLimits.roots)
    throw malformed('its header has no roots, or too many')
  return { version, roots: header.roots.map(bytesOfCid) }
}

function bytesOfCid(root: unknown): Uint8Array {
  const cid = typeof root === 'object' && root !== null ? CID.asCID(root) : null
  if (cid === null) throw malformed('a root of its header is no CID')
  return cid.bytes
}

/** Chunks in a row, taken from the front. */
class Parts {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** The next bytes, copied when they are in several chunks; undefined, and nothing is taken, when there are not so many. */
  take(count: number): Uint8Array | undefined {
    if (count > this.#length) return undefined
    const first = this.#chunks[0]!
    if (count <= first.length) {
      this.drop(count)
      return first.subarray(0, count)
    }
    const out = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const part = this.#chunks[0]!.subarray(0, count - at)
      out.set(part, at)
      at += this.drop(part.length)
    }
    return out
  }

  /** Passes over as many bytes as there are, and says how many. */
  drop(count: number): number {
    let dropped = 0
    while (dropped < count && this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!
      const part = Math.min(chunk.length, count - dropped)
      if (part === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part)
      dropped += part
    }
    this.#length -= dropped
    return dropped
  }

  /** The number that comes next, without taking it; undefined while it is not all there. Throws `car.invalid`. */
  peekVarint(): { readonly value: number; readonly bytes: number } | undefined {
    let value = 0
    let bytes = 0
    for (const chunk of this.#chunks)
      for (let at = 0; at < chunk.length && bytes < 8; at++) {
        const byte = chunk[at]!
        value += (byte & 127) * 128 ** bytes++
        if (byte < 128) return { value, bytes }
      }
    if (bytes === 8) throw malformed('a length is too large')
    return undefined
  }
}

function malformed(why: string, cause?: unknown): PeerageError {
  return new PeerageError('car.invalid', `This is no CAR archive that can be read: ${why}.`, { cause })
}
