/**
 * The datagrams with which two peers agree on a UDX stream (docs/decisions/015-udx.md). `token` is chosen by who asks and names the attempt;
 * streams are named by the number that their packets carry. Views of what was decoded.
 */
export type UdxGreeting =
  /** Who asks, first. The answer is a `cookie`. */
  | { readonly type: 'hello'; readonly token: Uint8Array }
  /** Proves, brought back, that whoever asks gets packets at its address. */
  | { readonly type: 'cookie'; readonly token: Uint8Array; readonly cookie: Uint8Array }
  /** Asks again, with the cookie and the stream of who asks. The answer is `accept` or `refuse`. */
  | {
      readonly type: 'join'
      readonly token: Uint8Array
      readonly cookie: Uint8Array
      readonly stream: number
    }
  /** The stream of who answers, `to` the stream of who asked. */
  | { readonly type: 'accept'; readonly token: Uint8Array; readonly stream: number; readonly to: number }
  | { readonly type: 'refuse'; readonly token: Uint8Array }
  /** Opens the router of who answers for who asks; a `hello` to where it came from is welcome. */
  | { readonly type: 'open'; readonly token: Uint8Array }

export const udxTokenBytes = 8
export const udxCookieBytes = 16
const headerBytes = 16

/** 0xfe begins neither KRPC (`d`), uTP (low bits 1), answers of trackers (0), STUN (below 4) nor packets of UDX itself (0xff). */
const magic = Uint8Array.of(0xfe, 0x70, 0x75, 0x64, 0x78, 1)
const types = ['hello', 'cookie', 'join', 'accept', 'refuse', 'open'] as const

/** Each answer is at most as long as what it answers. */
const lengths: Readonly<Record<UdxGreeting['type'], number>> = {
  hello: 48,
  cookie: headerBytes + udxCookieBytes,
  join: 48,
  accept: headerBytes + 8,
  refuse: headerBytes,
  open: 48,
}

/** Whether a datagram belongs to this protocol, valid or not. */
export function isUdxGreeting(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && magic.every((byte, at) => bytes[at] === byte)
}

export function encodeUdxGreeting(greeting: UdxGreeting): Uint8Array {
  const { type, token } = greeting
  const bytes = new Uint8Array(lengths[type])
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  bytes[magic.length] = types.indexOf(type)
  bytes.set(token, headerBytes - udxTokenBytes)
  if (type === 'cookie' || type === 'join') bytes.set(greeting.cookie, headerBytes)
  if (type === 'join') view.setUint32(headerBytes + udxCookieBytes, greeting.stream)
  if (type === 'accept') {
    view.setUint32(headerBytes, greeting.stream)
    view.setUint32(headerBytes + 4, greeting.to)
  }
  return bytes
}

/** Undefined for what is not valid to the last bit: anybody can send such, and nobody is told. */
export function decodeUdxGreeting(bytes: Uint8Array): UdxGreeting | undefined {
  const type = types[bytes[magic.length] ?? types.length]
  if (!isUdxGreeting(bytes) || type === undefined || bytes.length !== lengths[type]) return undefined
  if (bytes[magic.length + 1] !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const token = bytes.subarray(headerBytes - udxTokenBytes, headerBytes)
  const cookie = bytes.subarray(headerBytes, headerBytes + udxCookieBytes)
  const blank = (from: number): boolean => bytes.subarray(from).every(byte => byte === 0)
  if (type === 'cookie') return { type, token, cookie }
  if (type === 'accept')
    return { type, token, stream: view.getUint32(headerBytes), to: view.getUint32(headerBytes + 4) }
  if (type === 'join') {
    const stream = view.getUint32(headerBytes + udxCookieBytes)
    return blank(headerBytes + udxCookieBytes + 4) ? { type, token, cookie, stream } : undefined
  }
  return blank(headerBytes) ? { type, token } : undefined
}
