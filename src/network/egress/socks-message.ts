import { isIP } from 'node:net'
import { PeerageError } from '../../base/index.ts'
import { addressBytes, addressText } from '../../wire/index.ts'

/** SOCKS 5 (RFC 1928) and its passwords (RFC 1929), as a client speaks them. */
const version = 5
const passwordVersion = 1
const noPassword = 0
const withPassword = 2
const addressTypes = { 1: 4, 4: 16 } as const
const nameType = 3

export const socksCommand = { connect: 1, associate: 3 } as const

export interface SocksAddress {
  /** An IP address or a name. */
  readonly host: string
  readonly port: number
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Why a proxy is of no use: nobody listens, no answer, another protocol, no user name given, or not the right ones. */
export type ProxyFault =
  | 'unreachable'
  | 'silent'
  | 'other-protocol'
  | 'password-wanted'
  | 'password'
  | 'broken'

export function encodeGreeting(hasPassword: boolean): Uint8Array {
  return hasPassword
    ? Uint8Array.of(version, 2, noPassword, withPassword)
    : Uint8Array.of(version, 1, noPassword)
}

/** Whether the proxy wants the password. Throws `peer.protocol`, also when it accepts none of the ways that we offered. */
export function decodeMethod(bytes: Uint8Array, hasPassword: boolean): boolean {
  if (bytes[0] !== version) throw broken('it does not speak SOCKS 5', 'other-protocol')
  if (bytes[1] === noPassword) return false
  if (bytes[1] === withPassword && hasPassword) return true
  throw hasPassword
    ? broken('it accepts no password', 'password')
    : broken('it wants a user name and a password', 'password-wanted')
}

/** RFC 1929 section 2: each of the two is 1 to 255 bytes long. */
export function encodePassword({ user, password }: Credentials): Uint8Array {
  const [name, secret] = [Buffer.from(user), Buffer.from(password)]
  return Buffer.concat([
    Uint8Array.of(passwordVersion, name.length),
    name,
    Uint8Array.of(secret.length),
    secret,
  ])
}

/** Throws `peer.protocol` unless the password was accepted. */
export function checkPasswordReply(bytes: Uint8Array): void {
  if (bytes[0] !== passwordVersion || bytes[1] !== 0)
    throw broken('it refuses the user name or the password', 'password')
}

export function encodeRequest(command: number, to: SocksAddress): Uint8Array {
  return Buffer.concat([Uint8Array.of(version, command, 0), encodeAddress(to)])
}

/** Bytes of a reply by which its length is known. */
export const replyHeadBytes = 5

const failures: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow it',
  3: 'it has no way to that network',
  4: 'that machine cannot be reached',
  5: 'the connection was refused there',
  6: 'it took too long',
  7: 'it does not know that command',
  8: 'it does not know that kind of address',
}

/** How many bytes a reply has in all (at most 262). Throws `peer.protocol`, with what the proxy says when it says no. */
export function replyLength(head: Uint8Array): number {
  if (head[0] !== version) throw broken('it does not speak SOCKS 5', 'other-protocol')
  const code = head[1] ?? 1
  if (code !== 0) throw new SocksRefusal(code, `The proxy says no: ${failures[code] ?? `code ${code}`}.`)
  return 3 + addressLength(head, 3)
}

/** What the proxy refused to do, by its code. */
export class SocksRefusal extends PeerageError {
  readonly reply: number

  constructor(reply: number, message: string) {
    super('network.unreachable', message)
    this.reply = reply
  }
}

/** The address in a whole reply. */
export function decodeReply(bytes: Uint8Array): SocksAddress {
  return readAddress(bytes, 3)
}

/** RFC 1928 section 7: what goes before the bytes of a datagram. */
export function encodeDatagram(to: SocksAddress, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0, 0, 0), encodeAddress(to), bytes])
}

/** Who sent a datagram, and its bytes. Undefined: malformed, a fragment, or from a name; all of that is dropped. */
export function decodeDatagram(
  bytes: Uint8Array,
): { readonly from: SocksAddress; readonly bytes: Uint8Array } | undefined {
  const [, , fragment, type] = bytes
  if (bytes.length < replyHeadBytes || fragment !== 0 || (type !== 1 && type !== 4)) return undefined
  const end = 3 + addressLength(bytes, 3)
  if (end > bytes.length) return undefined
  return { from: readAddress(bytes, 3), bytes: bytes.subarray(end) }
}

function encodeAddress({ host, port }: SocksAddress): Uint8Array {
  const kind = isIP(host)
  const end = Uint8Array.of(port >> 8, port & 255)
  if (kind !== 0) return Buffer.concat([Uint8Array.of(kind === 4 ? 1 : 4), addressBytes(host), end])
  const name = Buffer.from(host)
  if (name.length === 0 || name.length > 255)
    throw new PeerageError('network.unreachable', 'That is no name of a machine.')
  return Buffer.concat([Uint8Array.of(nameType, name.length), name, end])
}

/** Type, address and port together, from what stands at `at`. */
function addressLength(bytes: Uint8Array, at: number): number {
  const type = bytes[at]
  if (type === 1 || type === 4) return 1 + addressTypes[type] + 2
  if (type === nameType) return 2 + (bytes[at + 1] ?? 0) + 2
  throw broken('it names an address of unknown kind')
}

function readAddress(bytes: Uint8Array, at: number): SocksAddress {
  const end = at + addressLength(bytes, at)
  const isName = bytes[at] === nameType
  const address = bytes.subarray(at + (isName ? 2 : 1), end - 2)
  const port = bytes[end - 2]! * 256 + bytes[end - 1]!
  return { host: isName ? Buffer.from(address).toString('latin1') : addressText(address), port }
}

function broken(what: string, fault?: ProxyFault): PeerageError {
  return new PeerageError('peer.protocol', `The proxy cannot be used: ${what}.`, {
    ...(fault !== undefined && { details: { fault } }),
  })
}
