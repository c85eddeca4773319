import { PeerageError } from '../../base/index.ts'
import { ipOfBytes, toIp16 } from './ip-bytes.ts'

/** IANA numbers of the protocols that are mapped. */
export const ianaProtocols: Readonly<Record<'tcp' | 'udp', number>> = { tcp: 6, udp: 17 }
export const nonceBytes = 12

/** RFC 6887 section 7: the longest message. */
const maxMessageBytes = 1_100
const version = 2
const answerBit = 0x80
const headerBytes = 24
const mapBytes = 36
const opcodes = { announce: 0, map: 1 } as const

export interface PcpMapRequest {
  /** Names the mapping: the same when it is renewed and removed. */
  readonly nonce: Uint8Array
  readonly protocol: 'tcp' | 'udp'
  /** Our own address, as the router sees it unless somebody translates between. */
  readonly client: string
  readonly internalPort: number
  readonly externalPort: number
  /** 0 removes the mapping. */
  readonly lifetimeSeconds: number
}

/** What every answer says. */
export interface PcpHead {
  /** RFC 6887 section 7.4; 0: done. */
  readonly result: number
  readonly lifetimeSeconds: number
  /** Seconds since the router forgot its mappings last (section 8.5). */
  readonly epoch: number
}

export interface PcpMapAnswer extends PcpHead {
  readonly kind: 'map'
  readonly nonce: Uint8Array
  readonly protocol: number
  readonly internalPort: number
  readonly externalPort: number
  readonly externalAddress: string
}

/** `other` protocol: a router that knows only NAT-PMP (RFC 6886 section 9). */
export type PcpAnswer = PcpMapAnswer | (PcpHead & { readonly kind: 'announce' }) | { readonly kind: 'other' }

/** RFC 6887 section 11.1. */
export function encodePcpMap(request: PcpMapRequest): Uint8Array {
  const bytes = new Uint8Array(headerBytes + mapBytes)
  const view = new DataView(bytes.buffer)
  writeHeader(bytes, opcodes.map, request.lifetimeSeconds, request.client)
  bytes.set(request.nonce, headerBytes)
  view.setUint8(headerBytes + 12, ianaProtocols[request.protocol])
  view.setUint16(headerBytes + 16, request.internalPort)
  view.setUint16(headerBytes + 18, request.externalPort)
  // No wish for an address: all zeros of the same family (section 5).
  bytes.set(toIp16(request.client.includes(':') ? '::' : '0.0.0.0'), headerBytes + 20)
  return bytes
}

/** RFC 6887 section 14.1: asks for nothing but an answer, which tells the epoch. */
export function encodePcpAnnounce(client: string): Uint8Array {
  const bytes = new Uint8Array(headerBytes)
  writeHeader(bytes, opcodes.announce, 0, client)
  return bytes
}

function writeHeader(bytes: Uint8Array, opcode: number, lifetimeSeconds: number, client: string): void {
  bytes[0] = version
  bytes[1] = opcode
  new DataView(bytes.buffer).setUint32(4, lifetimeSeconds)
  bytes.set(toIp16(client), 8)
}

/** Throws `wire.invalid`. */
export function decodePcpAnswer(bytes: Uint8Array): PcpAnswer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || bytes.length > maxMessageBytes) throw noPcp()
  if (bytes[0] === 0 && (bytes[1]! & answerBit) !== 0) return { kind: 'other' }
  if (bytes[0] !== version || bytes.length < headerBytes || bytes.length % 4 !== 0) throw noPcp()
  const head = { result: bytes[3]!, lifetimeSeconds: view.getUint32(4), epoch: view.getUint32(8) }
  if (bytes[1] === (answerBit | opcodes.announce)) return { kind: 'announce', ...head }
  if (bytes[1] !== (answerBit | opcodes.map) || bytes.length < headerBytes + mapBytes) throw noPcp()
  return {
    kind: 'map',
    ...head,
    nonce: bytes.slice(headerBytes, headerBytes + nonceBytes),
    protocol: bytes[headerBytes + 12]!,
    internalPort: view.getUint16(headerBytes + 16),
    externalPort: view.getUint16(headerBytes + 18),
    externalAddress: ipOfBytes(bytes.subarray(headerBytes + 20, headerBytes + mapBytes)),
  }
}

/** RFC 6887 section 7.4, in words for a person. */
export function pcpProblem(result: number): string {
  return problems[result] ?? `it refused, with number ${result}`
}

const problems: Readonly<Record<number, string>> = {
  1: 'it speaks another version of the protocol',
  2: 'it does not allow this machine to open ports',
  3: 'it did not understand the question',
  4: 'it cannot open ports',
  7: 'it has no connection to the internet now',
  8: 'it has no room for another port',
  9: 'it cannot open ports of this protocol',
  10: 'this machine has too many ports open already',
  11: 'it cannot give that port',
  12: 'another router stands between this machine and it',
}

function noPcp(): PeerageError {
  return new PeerageError('wire.invalid', 'That is no answer of PCP.')
}
