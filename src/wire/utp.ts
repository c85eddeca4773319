/** What a uTP packet is for (BEP 29, "type"). */
export type UtpType = 'data' | 'fin' | 'state' | 'reset' | 'syn'

/** The fields of every uTP packet. Numbers are unsigned: of 16 bits, times and window of 32. */
export interface UtpHeader {
  readonly type: UtpType
  readonly connection: number
  /** Clock of the sender, in microseconds. */
  readonly timestamp: number
  /** What the latest packet from the other side took to get here, clocks not compared, in microseconds; 0 is unknown. */
  readonly delay: number
  /** Bytes that the sender has room for. */
  readonly window: number
  readonly seq: number
  readonly ack: number
}

/** `sack` and `payload` are views of what was decoded. */
export interface UtpPacket extends UtpHeader {
  /** Selective acknowledgement: bit `i`, lowest first, stands for packet `ack + 2 + i`. */
  readonly sack: Uint8Array | undefined
  readonly payload: Uint8Array
}

/** Bytes of a packet without extensions and payload. */
export const utpHeaderBytes = 20
/** Longest mask of a selective acknowledgement that we send: its length is one byte and by BEP 29 a multiple of four. */
export const maxSackBytes = 252

const types: readonly UtpType[] = ['data', 'fin', 'state', 'reset', 'syn']
const version = 1
const selectiveAck = 1
/** A number that no program knows: it says nothing, it only makes a packet longer. */
const padding = 0x70
const longestPadding = 257

/** Whether this is shaped like uTP: enough to tell it from DHT (`d...`) and from trackers (`00 00 00 0x`). */
export function isUtp(bytes: Uint8Array): boolean {
  return bytes.length >= utpHeaderBytes && (bytes[0]! & 15) === version && bytes[0]! >> 4 < types.length
}

/** Undefined for what is no valid packet: anybody can send such, and nobody is told. */
export function decodeUtp(bytes: Uint8Array): UtpPacket | undefined {
  if (!isUtp(bytes)) return undefined
  let extension = bytes[1]!
  let at = utpHeaderBytes
  let sack: Uint8Array | undefined
  while (extension !== 0) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + bytes[at + 1]!
    if (end > bytes.length) return undefined
    if (extension === selectiveAck) {
      const length = end - at - 2
      // libtorrent sends masks of any number of bytes.
      if (sack !== undefined || length === 0) return undefined
      sack = bytes.subarray(at + 2, end)
    }
    extension = bytes[at]!
    at = end
  }
  return {
    type: types[bytes[0]! >> 4]!,
    connection: uint16(bytes, 2),
    timestamp: uint32(bytes, 4),
    delay: uint32(bytes, 8),
    window: uint32(bytes, 12),
    seq: uint16(bytes, 16),
    ack: uint16(bytes, 18),
    sack,
    payload: bytes.subarray(at),
  }
}

/** Writes the header over the first 20 bytes of `out`, for a packet without extensions. */
export function writeUtpHeader(out: Uint8Array, header: UtpHeader): void {
  out[0] = (types.indexOf(header.type) << 4) | version
  out[1] = 0
  write16(out, 2, header.connection)
  write32(out, 4, header.timestamp)
  write32(out, 8, header.delay)
  write32(out, 12, header.window)
  write16(out, 16, header.seq)
  write16(out, 18, header.ack)
}

/** A packet without payload, with a selective acknowledgement of 4 to 252 bytes if there is something to tell. */
export function encodeUtp(header: UtpHeader, sack?: Uint8Array): Uint8Array {
  const out = new Uint8Array(utpHeaderBytes + (sack === undefined ? 0 : 2 + sack.length))
  writeUtpHeader(out, header)
  if (sack === undefined) return out
  out[1] = selectiveAck
  out[21] = sack.length
  out.set(sack, 22)
  return out
}

/**
 * The same packet, made `size` bytes long by extensions that nobody knows and everybody skips: it tells whether the path takes so
 * much, and can be sent again without them. `packet` has no extensions and is at least two bytes shorter.
 */
export function padUtp(packet: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  out.set(packet.subarray(0, utpHeaderBytes))
  out[1] = padding
  let left = size - packet.length
  let at = utpHeaderBytes
  while (left > 0) {
    // What is left over must be room for another one.
    const length = left <= longestPadding ? left : Math.min(longestPadding, left - 2)
    left -= length
    out[at] = left > 0 ? padding : 0
    out[at + 1] = length - 2
    at += length
  }
  out.set(packet.subarray(utpHeaderBytes), at)
  return out
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function write16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >> 8
  out[at + 1] = value
}

function write32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24
  out[at + 1] = value >> 16
  out[at + 2] = value >> 8
  out[at + 3] = value
}
