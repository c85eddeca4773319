import { PeerageError } from '../../base/index.ts'
import { ipOfBytes } from './ip-bytes.ts'

const opcodes = { address: 0, udp: 1, tcp: 2 } as const
const answerBit = 0x80
const addressBytes = 12
const mapBytes = 16

export interface NatPmpMapRequest {
  readonly protocol: 'tcp' | 'udp'
  readonly internalPort: number
  readonly externalPort: number
  /** 0 removes the mapping. */
  readonly lifetimeSeconds: number
}

interface NatPmpHead {
  /** RFC 6886 section 3.5; 0: done. What else an answer says counts only then. */
  readonly result: number
  /** Seconds since the router forgot its mappings last (section 3.6). */
  readonly epoch: number
}

export type NatPmpAnswer = NatPmpHead &
  (
    | { readonly kind: 'address'; readonly externalAddress: string }
    | {
        readonly kind: 'tcp' | 'udp'
        readonly internalPort: number
        readonly externalPort: number
        readonly lifetimeSeconds: number
      }
  )

/** RFC 6886 section 3.2: asks for the external address. */
export const natPmpAddressRequest: Uint8Array = Uint8Array.of(0, opcodes.address)

/** RFC 6886 sections 3.3 and 3.4. */
export function encodeNatPmpMap(request: NatPmpMapRequest): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint8(1, opcodes[request.protocol])
  view.setUint16(4, request.internalPort)
  view.setUint16(6, request.lifetimeSeconds === 0 ? 0 : request.externalPort)
  view.setUint32(8, request.lifetimeSeconds)
  return bytes
}

/** Throws `wire.invalid`. Refusals may end after the epoch. */
export function decodeNatPmpAnswer(bytes: Uint8Array): NatPmpAnswer {
  if (bytes.length < 8 || bytes.length > mapBytes || bytes[0] !== 0) throw noNatPmp()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = { result: view.getUint16(2), epoch: view.getUint32(4) }
  const [kind] = Object.entries(opcodes).find(([, opcode]) => bytes[1] === (answerBit | opcode)) ?? []
  if (kind === 'address') {
    if (bytes.length < addressBytes && head.result === 0) throw noNatPmp()
    return { kind, ...head, externalAddress: head.result === 0 ? ipOfBytes(bytes.subarray(8, 12)) : '' }
  }
  if (kind !== 'tcp' && kind !== 'udp') throw noNatPmp()
  if (bytes.length < mapBytes) throw noNatPmp()
  return {
    kind,
    ...head,
    internalPort: view.getUint16(8),
    externalPort: view.getUint16(10),
    lifetimeSeconds: view.getUint32(12),
  }
}

/** RFC 6886 section 3.5, in words for a person. */
export function natPmpProblem(result: number): string {
  return problems[result] ?? `it refused, with number ${result}`
}

const problems: Readonly<Record<number, string>> = {
  1: 'it speaks another version of the protocol',
  2: 'it does not allow this machine to open ports',
  3: 'it has no connection to the internet now',
  4: 'it has no room for another port',
  5: 'it cannot open ports',
}

function noNatPmp(): PeerageError {
  return new PeerageError('wire.invalid', 'That is no answer of NAT-PMP.')
}
