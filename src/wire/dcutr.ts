import { concat, PeerageError } from '../base/index.ts'
import { encodeDelimited } from './delimited.ts'
import { bytesField, protobufFields, varintField } from './protobuf.ts'

/** Bounds of what two peers say that want to connect directly (libp2p specs `relay/DCUtR.md`). */
export const dcutrLimits: Readonly<Record<'message' | 'addresses' | 'address' | 'fields', number>> = {
  /** In bytes, without its length in front. */
  message: 4_096,
  addresses: 16,
  /** In bytes; longer ones are passed over. */
  address: 512,
  fields: 64,
}

export const dcutrTokenBytes = 8

/** How a peer's router treats it, in the order of the numbers on the wire; see `network/nat`. */
export const natKinds = ['unknown', 'none', 'easy', 'hard', 'blocked'] as const

export interface DcutrMessage {
  readonly type: 'connect' | 'sync'
  /** Multiaddrs where others see this peer, binary. */
  readonly addresses: readonly Uint8Array[]
  /** Ours beside what is specified: of its router for IPv4. */
  readonly nat?: (typeof natKinds)[number]
  /** How far apart the ports are that the router takes one after the other. */
  readonly step?: number
  /** Names what both send to each other. */
  readonly token?: Uint8Array
}

const types = { connect: 100, sync: 300 } as const
/** Fields of our own: far from those that the specification may get. */
const ours = { nat: 1_001, step: 1_002, token: 1_003 } as const
const maxStep = 1_024

/** With its length in front. */
export function encodeDcutr({ type, addresses, nat, step, token }: DcutrMessage): Uint8Array {
  const message = concat([
    ...varintField(1, types[type]),
    ...addresses.flatMap(address => bytesField(2, address)),
    ...(nat === undefined ? [] : varintField(ours.nat, natKinds.indexOf(nat))),
    ...(step === undefined ? [] : varintField(ours.step, step < 0 ? -2 * step - 1 : 2 * step)),
    ...(token === undefined ? [] : bytesField(ours.token, token)),
  ])
  return encodeDelimited(message)
}

/** `bytes` come without their length. Throws `wire.invalid`, `wire.limit`. */
export function decodeDcutr(bytes: Uint8Array): DcutrMessage {
  if (bytes.length > dcutrLimits.message)
    throw new PeerageError('wire.limit', `A message of ${bytes.length} bytes about a direct way is too long.`)
  let type: DcutrMessage['type'] | undefined
  const addresses: Uint8Array[] = []
  let nat: DcutrMessage['nat']
  let step: number | undefined
  let token: Uint8Array | undefined
  for (const { field, value } of protobufFields(bytes, dcutrLimits.fields)) {
    if (field === 1) type = value === types.connect ? 'connect' : value === types.sync ? 'sync' : undefined
    else if (field === 2 && typeof value === 'object') addresses.push(value)
    else if (field === ours.token && typeof value === 'object') token = value
    else if (field === ours.nat && typeof value === 'number') nat = natKinds[value]
    else if (field === ours.step && typeof value === 'number')
      step = value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
  if (type === undefined)
    throw new PeerageError('wire.invalid', 'A message about a direct way has an unknown type.')
  const usable = addresses.filter(({ length }) => length > 0 && length <= dcutrLimits.address)
  return {
    type,
    addresses: usable.slice(0, dcutrLimits.addresses),
    ...(nat !== undefined && { nat }),
    ...(step !== undefined && step !== 0 && Math.abs(step) <= maxStep && { step }),
    ...(token?.length === dcutrTokenBytes && { token: token.slice() }),
  }
}
