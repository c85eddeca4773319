import { PeerageError } from '../base/index.ts'
import { addressBytes, addressText, type CompactPeer } from './compact-peers.ts'

/** Why a rendezvous cannot be had (BEP 55). */
export type HolepunchError = 'no-such-peer' | 'not-connected' | 'no-support' | 'no-self'

/** A message of the extension `ut_holepunch` (BEP 55). */
export type Holepunch =
  | { readonly type: 'rendezvous' | 'connect'; readonly endpoint: CompactPeer }
  | { readonly type: 'error'; readonly endpoint: CompactPeer; readonly error: HolepunchError | undefined }

const types = ['rendezvous', 'connect', 'error'] as const
/** Code 0 is no error. */
const errors: readonly HolepunchError[] = ['no-such-peer', 'not-connected', 'no-support', 'no-self']

/** The payload of an `extended` message. Throws `TypeError` for what is no endpoint. */
export function encodeHolepunch(message: Holepunch): Uint8Array {
  const { type, endpoint } = message
  const address = addressBytes(endpoint.address)
  if (!(endpoint.port > 0 && endpoint.port <= 65_535)) throw new TypeError(`${endpoint.port} is no port`)
  const out = new Uint8Array(2 + address.length + 6)
  out[0] = types.indexOf(type)
  out[1] = address.length === 4 ? 0 : 1
  out.set(address, 2)
  out[2 + address.length] = endpoint.port >> 8
  out[3 + address.length] = endpoint.port & 255
  if (message.type === 'error')
    out[out.length - 1] = message.error === undefined ? 0 : errors.indexOf(message.error) + 1
  return out
}

/** Undefined for a type that nobody knows. Throws `wire.invalid`. */
export function decodeHolepunch(payload: Uint8Array): Holepunch | undefined {
  const [number = 255, family = 255] = payload
  const type = types[number]
  if (type === undefined) return undefined
  const length = family === 0 ? 4 : 16
  const end = 2 + length + 2
  // Some leave the error code out where there is no error.
  if (family > 1 || (payload.length !== end + 4 && (payload.length !== end || type === 'error')))
    throw new PeerageError('wire.invalid', 'A holepunch message is malformed.')
  const port = payload[end - 2]! * 256 + payload[end - 1]!
  if (port === 0) throw new PeerageError('wire.invalid', 'A holepunch message names port 0.')
  const endpoint = { address: addressText(payload.subarray(2, 2 + length)), port }
  if (type !== 'error') return { type, endpoint }
  const isKnown = payload[end] === 0 && payload[end + 1] === 0 && payload[end + 2] === 0
  return { type, endpoint, error: isKnown ? errors[payload[end + 3]! - 1] : undefined }
}
