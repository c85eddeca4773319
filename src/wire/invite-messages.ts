import { PeerageError } from '../base/index.ts'
import { decode, decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import {
  type Bencoded,
  bytesAt,
  type Dictionary,
  dictionary,
  type Encodable,
  integerAt,
  isDictionary,
  listAt,
  textAt,
} from './bencoded.ts'

/** Bounds of what the two ends of an invite tell each other. Lengths of texts in characters. */
export const inviteMessageLimits = {
  /** What a sealed frame has room for. */
  bytes: 59_744,
  name: 64,
  addresses: 8,
  address: 256,
  offers: 16,
  offerName: 1_024,
  link: 8_192,
  /** Frames of statements behind a gift. */
  statementFrames: 128,
  statements: 1_024,
} as const

/** Who somebody says to be, and where to find them. Hostile text. */
export interface InviteSelf {
  readonly name: string
  /** Multiaddrs. */
  readonly addresses: readonly string[]
}

/** From whoever takes an invite: `wants` tells receiving files and accepting an invite apart. */
export interface InviteIntroduction extends InviteSelf {
  readonly wants: 'files' | 'invite'
}

/** Something to fetch. Name, size and count are what the other side says; the link's hash decides. */
export interface InviteOffer {
  readonly name: string
  readonly bytes: number
  readonly files: number
  readonly link: string
}

/** What an invite gives, told to the one that took it. */
export type InviteGift = InviteSelf &
  (
    | { readonly kind: 'contact' }
    /** `frames` frames of signed statements follow. */
    | {
        readonly kind: 'circle'
        /** 32 bytes. */
        readonly circle: Uint8Array
        readonly circleName: string
        readonly role: string
        readonly frames: number
      }
    | { readonly kind: 'share' | 'files'; readonly offers: readonly InviteOffer[] }
    /** Nothing: the code is good for the other command. */
    | { readonly kind: 'mixed-up' }
  )

/** How far the receiver of files is. */
export interface InviteReport {
  readonly bytes: number
  readonly totalBytes: number
  readonly ended: 'no' | 'received' | 'declined' | 'failed'
}

const kinds = ['contact', 'circle', 'share', 'files', 'mixed-up'] as const
const ends = ['no', 'received', 'declined', 'failed'] as const

export function encodeInviteIntroduction({ wants, ...self }: InviteIntroduction): Uint8Array {
  return packed({ w: wants, ...selfFields(self) })
}

/** Throws `bencode.*` or `wire.invalid`; so do the others. */
export function decodeInviteIntroduction(bytes: Uint8Array): InviteIntroduction {
  const from = fieldsOf(bytes)
  return { wants: oneOf(from, 'w', ['files', 'invite'] as const), ...selfIn(from) }
}

export function encodeInviteGift(gift: InviteGift): Uint8Array {
  const common = { k: gift.kind, ...selfFields(gift) }
  if (gift.kind === 'circle')
    return packed({ ...common, c: gift.circle, cn: gift.circleName, r: gift.role, f: gift.frames })
  if (gift.kind === 'share' || gift.kind === 'files')
    return packed({
      ...common,
      o: gift.offers.map(({ name, bytes, files, link }) =>
        dictionary({ n: name, b: bytes, f: files, l: link }),
      ),
    })
  return packed(common)
}

export function decodeInviteGift(bytes: Uint8Array): InviteGift {
  const from = fieldsOf(bytes)
  const self = selfIn(from)
  const kind = oneOf(from, 'k', kinds)
  if (kind === 'circle') return { kind, ...self, ...circleIn(from) }
  if (kind === 'share' || kind === 'files') return { kind, ...self, offers: offersIn(from) }
  return { kind, ...self }
}

export function encodeInviteReport({ bytes, totalBytes, ended }: InviteReport): Uint8Array {
  return packed({ b: bytes, t: totalBytes, e: ended })
}

export function decodeInviteReport(message: Uint8Array): InviteReport {
  const from = fieldsOf(message)
  return { bytes: countAt(from, 'b'), totalBytes: countAt(from, 't'), ended: oneOf(from, 'e', ends) }
}

/** Statements in as few messages as they fit into. Throws `TypeError` for more than `statementFrames`. */
export function packStatements(statements: readonly Uint8Array[]): Uint8Array[] {
  const lists: Uint8Array[][] = [[]]
  let room: number = inviteMessageLimits.bytes
  for (const statement of statements) {
    const needs = statement.length + 8
    if (needs > room || lists.at(-1)!.length >= inviteMessageLimits.statements) {
      lists.push([])
      room = inviteMessageLimits.bytes
    }
    lists.at(-1)!.push(statement)
    room -= needs
  }
  if (lists.length > inviteMessageLimits.statementFrames) throw new TypeError('too many statements')
  return lists.map(list => encode(list))
}

export function unpackStatements(message: Uint8Array): Uint8Array[] {
  const list = decode(message, {
    maxBytes: inviteMessageLimits.bytes,
    maxDepth: 2,
    maxItems: inviteMessageLimits.statements + 1,
  })
  if (!Array.isArray(list) || !list.every(one => one instanceof Uint8Array))
    throw malformed('its statements are no list of byte strings')
  return list as Uint8Array[]
}

function packed(fields: Readonly<Record<string, Encodable>>): Uint8Array {
  const bytes = encode(dictionary(fields))
  if (bytes.length > inviteMessageLimits.bytes) throw new TypeError('a message of an invite is too long')
  return bytes
}

function fieldsOf(bytes: Uint8Array): Dictionary {
  return decodeDictionary(bytes, { maxBytes: inviteMessageLimits.bytes, maxDepth: 4, maxItems: 256 })
}

function selfFields({ name, addresses }: InviteSelf): { n: string; a: readonly string[] } {
  return { n: name, a: addresses }
}

function selfIn(from: Dictionary): InviteSelf {
  const list = listAt(from, 'a')
  if (list === undefined || list.length > inviteMessageLimits.addresses)
    throw malformed('it has no list of addresses, or too long a one')
  return { name: shortText(from, 'n', inviteMessageLimits.name), addresses: list.map(addressOf) }
}

function addressOf(value: Bencoded): string {
  const text = value instanceof Uint8Array && value.length <= inviteMessageLimits.address ? value : undefined
  const address = text && textAt(new Map([['a', text]]), 'a')
  if (address === undefined || !/^[!-~]+$/.test(address)) throw malformed('an address is no text')
  return address
}

function circleIn(from: Dictionary): {
  circle: Uint8Array
  circleName: string
  role: string
  frames: number
} {
  const circle = bytesAt(from, 'c')
  const frames = integerAt(from, 'f', 0, inviteMessageLimits.statementFrames)
  if (circle?.length !== 32 || frames === undefined) throw malformed('it names no circle')
  const { name } = inviteMessageLimits
  return { circle, frames, circleName: shortText(from, 'cn', name), role: shortText(from, 'r', 16) }
}

function offersIn(from: Dictionary): InviteOffer[] {
  const list = listAt(from, 'o')
  if (list === undefined || list.length === 0 || list.length > inviteMessageLimits.offers)
    throw malformed('it offers nothing, or too much')
  return list.map(one => {
    if (!isDictionary(one)) throw malformed('an offer is no dictionary')
    return {
      name: shortText(one, 'n', inviteMessageLimits.offerName),
      bytes: countAt(one, 'b'),
      files: countAt(one, 'f'),
      link: shortText(one, 'l', inviteMessageLimits.link),
    }
  })
}

function shortText(from: Dictionary, name: string, max: number): string {
  const text = textAt(from, name)
  if (text === undefined || text.length > max) throw malformed(`${name} is no text, or too long`)
  return text
}

function countAt(from: Dictionary, name: string): number {
  const count = integerAt(from, name)
  if (count === undefined) throw malformed(`${name} is no count`)
  return count
}

function oneOf<Name extends string>(from: Dictionary, field: string, names: readonly Name[]): Name {
  const text = textAt(from, field)
  const found = names.find(name => name === text)
  if (found === undefined) throw malformed(`${field} is unknown`)
  return found
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A message of an invite is malformed: ${reason}.`)
}
