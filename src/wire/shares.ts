import { PeerageError, utf8 } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
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
import { encodeFrame } from './frame-reader.ts'
import { FramesReader } from './frames-reader.ts'

/** One share as a peer tells it to somebody who may see it. All of it is hostile text. */
export interface ListedShare {
  /** BEP 52 info hash, 32 bytes: all that has to be right, since it decides what is fetched. */
  readonly infoHash: Uint8Array
  readonly name: string
  /** Size of all files, in bytes. */
  readonly bytes: number
  readonly files: number
  /** When it was first shared under that name, and when it last changed; milliseconds since 1970. */
  readonly sharedAt: number
  readonly changedAt: number
  /** PeerId of the owner, whose word decides who may fetch it; absent when everyone may. Never a secret. */
  readonly owner?: string
}

/**
 * What is said on a stream of `/peerage/shares/1`. The one that opened it says `ask`, and gets pages, the last one marked; or
 * `busy` when it asked too often. As long as the stream stays open it is told `changed` whenever it would get something else now.
 */
export type SharesMessage =
  | { readonly type: 'ask' }
  | { readonly type: 'changed' }
  | { readonly type: 'busy' }
  | { readonly type: 'page'; readonly shares: readonly ListedShare[]; readonly isLast: boolean }

/** Bounds of `/peerage/shares/1`. */
export const sharesLimits: Readonly<Record<'frameBytes' | 'nameBytes' | 'pageShares' | 'shares', number>> = {
  frameBytes: 32_768,
  nameBytes: 1_024,
  /** The most in one page, and in a whole list. */
  pageShares: 128,
  shares: 50_000,
}

const version = 1
/** Beside its name: keys, hash, five numbers, a PeerId. */
const bytesOfRest = 256

export function sharesFrameReader(): FramesReader {
  return new FramesReader(sharesLimits.frameBytes)
}

/** The frame of a message without shares, prefix included. */
export function encodeSharesWord(type: 'ask' | 'changed' | 'busy'): Uint8Array {
  return frameOf({ m: type })
}

/** A whole list as frames, prefixes included: one at least, the last one marked. Throws `TypeError` for a share that is out of bounds. */
export function* encodeSharePages(shares: readonly ListedShare[]): Generator<Uint8Array> {
  let page: Encodable[] = []
  let room = sharesLimits.frameBytes - bytesOfRest
  for (const share of shares) {
    const nameBytes = utf8(share.name).length
    if (nameBytes === 0 || nameBytes > sharesLimits.nameBytes)
      throw new TypeError('the name of a share is too long')
    const needs = nameBytes + bytesOfRest
    if (page.length >= sharesLimits.pageShares || needs > room) {
      yield frameOf({ m: 'page', list: page, last: 0 })
      page = []
      room = sharesLimits.frameBytes - bytesOfRest
    }
    room -= needs
    page.push(encodable(share))
  }
  yield frameOf({ m: 'page', list: page, last: 1 })
}

/** `frame` comes without its prefix. Hashes are copies. Throws `bencode.*`, `wire.invalid` or `wire.limit`. */
export function decodeSharesMessage(frame: Uint8Array): SharesMessage {
  const from = decodeDictionary(frame, { maxBytes: sharesLimits.frameBytes, maxDepth: 4, maxItems: 4_096 })
  if (integerAt(from, 'v') !== version) throw malformed('its version is not known')
  const type = textAt(from, 'm')
  if (type === 'ask' || type === 'changed' || type === 'busy') return { type }
  if (type === 'page') return readPage(from)
  throw malformed('it says nothing that is known')
}

function readPage(from: Dictionary): SharesMessage {
  const list = listAt(from, 'list')
  const last = integerAt(from, 'last', 0, 1)
  if (list === undefined || last === undefined) throw malformed('a page is not whole')
  if (list.length > sharesLimits.pageShares)
    throw new PeerageError('wire.limit', `A page of shares has ${list.length} of them.`)
  // Otherwise a list of nothing could go on for ever.
  if (list.length === 0 && last === 0) throw malformed('a page is empty and not the last one')
  return { type: 'page', shares: list.map(readShare), isLast: last === 1 }
}

function readShare(value: Bencoded): ListedShare {
  const from = isDictionary(value) ? value : malformedShare()
  const infoHash = bytesAt(from, 'h')
  const name = textAt(from, 'n')
  const owner = textAt(from, 'o')
  if (infoHash?.length !== 32 || name === undefined || name === '') return malformedShare()
  if (bytesAt(from, 'n')!.length > sharesLimits.nameBytes)
    throw new PeerageError('wire.limit', 'The name of a share is too long.')
  if (from.has('o') && !/^[1-9A-HJ-NP-Za-km-z]{32,64}$/.test(owner ?? '')) return malformedShare()
  return {
    infoHash: infoHash.slice(),
    name,
    bytes: numberAt(from, 's'),
    files: numberAt(from, 'f'),
    sharedAt: numberAt(from, 't'),
    changedAt: numberAt(from, 'c'),
    ...(owner !== undefined && { owner }),
  }
}

function numberAt(from: Dictionary, name: string): number {
  return integerAt(from, name) ?? malformedShare()
}

function encodable(share: ListedShare): Encodable {
  const { infoHash, name, bytes, files, sharedAt, changedAt, owner } = share
  if (infoHash.length !== 32) throw new TypeError('an info hash has 32 bytes')
  return dictionary({ h: infoHash, n: name, s: bytes, f: files, t: sharedAt, c: changedAt, o: owner })
}

function frameOf(entries: Readonly<Record<string, Encodable>>): Uint8Array {
  return encodeFrame(encode(dictionary({ ...entries, v: version })), sharesLimits.frameBytes)
}

function malformedShare(): never {
  throw malformed('a share in it is not whole')
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A message about shares is malformed: ${reason}.`)
}
