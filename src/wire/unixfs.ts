import { concat, PeerageError } from '../base/index.ts'
import { bytesField, encodeVarint, protobufFields, varintField } from './protobuf.ts'

/** What a node is, in the order of its numbers (UnixFS specification, "dag-pb Node"). `raw` is what old tools made of leaves. */
export type UnixFsType = 'raw' | 'directory' | 'file' | 'metadata' | 'symlink' | 'hamt'
export const unixFsTypes: readonly UnixFsType[] = ['raw', 'directory', 'file', 'metadata', 'symlink', 'hamt']

/** Since the Unix epoch, or before it. */
export interface UnixFsTime {
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
}

/** The data of a DAG-PB node. */
export interface UnixFsData {
  readonly type: UnixFsType
  /** Bytes of a file, the target of a symbolic link, or which buckets of a HAMT are taken. */
  readonly data?: Uint8Array | undefined
  /** Bytes of the whole file; files only. */
  readonly fileSize?: number | undefined
  /** Bytes of the file behind each link; empty when there are none. */
  readonly blockSizes: readonly number[]
  readonly hashType?: number | undefined
  readonly fanout?: number | undefined
  /** 32 bits; the lower twelve are those of POSIX. */
  readonly mode?: number | undefined
  readonly mtime?: UnixFsTime | undefined
}

/** Bounds: bytes of the message and sizes of blocks in it. Beyond is `wire.limit`. */
export const unixFsLimits: Readonly<Record<'bytes' | 'blockSizes', number>> = {
  bytes: 4_194_304,
  blockSizes: 65_536,
}

const fields = {
  type: 1,
  data: 2,
  fileSize: 3,
  blockSizes: 4,
  hashType: 5,
  fanout: 6,
  mode: 7,
  mtime: 8,
} as const
const timeFields = { seconds: 1, nanoseconds: 2 } as const
const maxNanoseconds = 999_999_999

/** The bytes of the message, as Kubo and Helia write it: by number, sizes one by one. */
export function encodeUnixFs(what: UnixFsData): Uint8Array {
  const { data, fileSize, hashType, fanout, mode, mtime } = what
  return concat([
    ...varintField(fields.type, unixFsTypes.indexOf(what.type)),
    ...(data === undefined ? [] : bytesField(fields.data, data)),
    ...(fileSize === undefined ? [] : varintField(fields.fileSize, fileSize)),
    ...what.blockSizes.flatMap(size => varintField(fields.blockSizes, size)),
    ...(hashType === undefined ? [] : varintField(fields.hashType, hashType)),
    ...(fanout === undefined ? [] : varintField(fields.fanout, fanout)),
    ...(mode === undefined ? [] : varintField(fields.mode, mode)),
    ...(mtime === undefined ? [] : bytesField(fields.mtime, encodeTime(mtime))),
  ])
}

function encodeTime({ seconds, nanoseconds }: UnixFsTime): Uint8Array {
  const head = concat([encodeVarint(timeFields.seconds * 8), encodeInt64(seconds)])
  // "A fractional value of 0 is not valid": it is left out.
  if (nanoseconds === 0) return head
  const fraction = new Uint8Array(5)
  fraction[0] = timeFields.nanoseconds * 8 + 5
  new DataView(fraction.buffer).setUint32(1, nanoseconds, true)
  return concat([head, fraction])
}

function encodeInt64(value: number): Uint8Array {
  if (value >= 0) return encodeVarint(value)
  const out: number[] = []
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.from([...out, Number(rest)])
    out.push(Number(rest & 127n) | 128)
  }
}

/**
 * The message in `bytes`; `data` is a view of them. Fields may stand in any order and unknown ones are passed over, as Kubo does.
 * Sizes above 2^53-1, times that there are not and types that nobody knows are refused. Throws `wire.invalid`, `wire.limit`.
 */
export function decodeUnixFs(bytes: Uint8Array): UnixFsData {
  if (bytes.length > unixFsLimits.bytes)
    throw new PeerageError('wire.limit', `The UnixFS part of a block has ${bytes.length} bytes.`)
  const found: { -readonly [K in keyof UnixFsData]?: UnixFsData[K] } = {}
  const blockSizes: number[] = []
  for (const { field, value } of protobufFields(bytes, unixFsLimits.blockSizes + 64)) {
    if (field === fields.blockSizes) takeSizes(blockSizes, value)
    else if (field === fields.data) found.data = bytesOf(value)
    else if (field === fields.mtime) found.mtime = decodeTime(bytesOf(value))
    else if (field === fields.type) found.type = typeOf(numberOf(value))
    else if (field === fields.fileSize) found.fileSize = sizeOf(numberOf(value))
    else if (field === fields.hashType) found.hashType = numberOf(value)
    else if (field === fields.fanout) found.fanout = numberOf(value)
    else if (field === fields.mode) found.mode = numberOf(value) % 2 ** 32
  }
  const { type, ...rest } = found
  if (type === undefined) throw malformed('it has no type')
  return { type, ...rest, blockSizes }
}

/** One by one, or packed, as protobuf lets writers choose. */
function takeSizes(into: number[], value: number | Uint8Array): void {
  const sizes = typeof value === 'number' ? [value] : unpacked(value)
  if (into.length + sizes.length > unixFsLimits.blockSizes) throw tooManySizes()
  for (const size of sizes) into.push(sizeOf(size))
}

function unpacked(bytes: Uint8Array): number[] {
  const out: number[] = []
  let value = 0
  let scale = 1
  for (const byte of bytes) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte < 128) {
      if (out.push(value) > unixFsLimits.blockSizes) throw tooManySizes()
      value = 0
      scale = 1
    } else if (scale > 2 ** 63) throw malformed('a size is too long')
  }
  if (scale !== 1) throw malformed('a size is cut off')
  return out
}

function decodeTime(bytes: Uint8Array): UnixFsTime {
  let seconds: number | undefined
  let nanoseconds = 0
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at++]!
    if (tag === timeFields.seconds * 8) [seconds, at] = decodeInt64(bytes, at)
    else if (tag === timeFields.nanoseconds * 8 + 5 && bytes.length - at >= 4) {
      nanoseconds = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true)
      if (nanoseconds < 1 || nanoseconds > maxNanoseconds) throw malformed('its time has an odd fraction')
      at += 4
    } else throw malformed('its time has a field that there is not')
  }
  if (seconds === undefined) throw malformed('its time has no seconds')
  return { seconds, nanoseconds }
}

function decodeInt64(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) throw malformed('its time is cut off')
    value |= BigInt(byte & 127) << BigInt(7 * i)
    if (byte >= 128) continue
    const seconds = Number(BigInt.asIntN(64, value))
    if (!Number.isSafeInteger(seconds)) throw malformed('its time is beyond all times')
    return [seconds, start + i + 1]
  }
  throw malformed('its time is too long')
}

function typeOf(number: number): UnixFsType {
  const type = unixFsTypes[number]
  if (type === undefined) throw malformed(`there is no type ${number}`)
  return type
}

function sizeOf(value: number): number {
  if (value >= Number.MAX_SAFE_INTEGER) throw malformed('a size is beyond all sizes')
  return value
}

function numberOf(value: number | Uint8Array): number {
  if (typeof value !== 'number') throw malformed('a number has another type')
  return value
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw malformed('bytes have another type')
  return value
}

function tooManySizes(): PeerageError {
  return new PeerageError('wire.limit', 'A UnixFS node has too many sizes of blocks.')
}

function malformed(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A block is no UnixFS: ${why}.`)
}
