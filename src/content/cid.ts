import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { cidInAnyBase } from './any-base.ts'

/** Codes of the multicodec table: how a block is to be read. Blocks of others are kept and passed on, but not looked into. */
export const codecs: Readonly<Record<'raw' | 'dagPb' | 'dagCbor' | 'dagJson' | 'cbor' | 'json', number>> = {
  raw: 0x55,
  dagPb: 0x70,
  dagCbor: 0x71,
  dagJson: 0x0129,
  cbor: 0x51,
  json: 0x0200,
}

const sha256Code = 0x12

/** Codes of the multicodec table: the hash functions that we read. `identity` has the bytes themselves in the CID. */
export const hashCodes: Readonly<Record<'identity' | 'sha256' | 'sha512' | 'blake3', number>> = {
  identity: 0x00,
  sha256: sha256Code,
  sha512: 0x13,
  blake3: 0x1e,
}

/**
 * Bounds of a CID: characters (of base 2, which has one a bit, and of all others: base 16 has two a byte, and emoji count as two), bytes in binary form, and
 * bytes that one may carry itself (UnixFS, "Identity CID Size Limit").
 */
export const cidLimits: Readonly<Record<'bits' | 'textLength' | 'bytes' | 'identityBytes', number>> = {
  bits: 1_281,
  textLength: 322,
  bytes: 160,
  identityBytes: 128,
}

const digestBytes: ReadonlyMap<number, number> = new Map([
  [hashCodes.sha256, 32],
  [hashCodes.sha512, 64],
  [hashCodes.blake3, 32],
])

/** The CID in a text, version 0 or 1, in any base. Throws `link.invalid` for what is none, cut off or beyond a bound. */
export function parseCid(text: string): CID {
  if (text.length > mostCidText(text)) throw notCid('it is too long')
  let cid: CID
  try {
    cid = cidInAnyBase(text)
  } catch {
    throw notCid('it was changed, cut off or mistyped')
  }
  const fault = faultOf(cid)
  if (fault !== undefined) throw notCid(fault)
  return cid
}

/** How many characters a CID has at most that begins like this. Texts of base 58 and 36 take long to read when they are long, those of base 2 do not. */
export function mostCidText(text: string): number {
  return text.startsWith('0') ? cidLimits.bits : cidLimits.textLength
}

/** The CID that `bytes` are, of which it keeps a copy. Throws `dag.invalid`. */
export function decodeCid(bytes: Uint8Array): CID {
  const { cid, length } = decodeCidFirst(bytes)
  if (length !== bytes.length) throw invalid('something follows it')
  return cid
}

/** The CID that `bytes` begin with, of which it keeps a copy, and how many of them it is. Throws `dag.invalid`. */
export function decodeCidFirst(bytes: Uint8Array): { readonly cid: CID; readonly length: number } {
  const usual = usualCid(bytes)
  if (usual !== undefined) return { cid: usual, length: usual.bytes.length }
  let cid: CID
  try {
    const { size } = CID.inspectBytes(bytes.subarray(0, cidLimits.bytes))
    if (size > cidLimits.bytes) throw invalid('it is too long')
    cid = CID.decode(bytes.slice(0, size))
  } catch (error) {
    throw error instanceof PeerageError ? error : invalid('it is cut off or damaged')
  }
  const fault = faultOf(cid)
  if (fault !== undefined) throw invalid(fault)
  return { cid, length: cid.bytes.length }
}

/** The text of a CID that is kept for long, among many: as `toString` joins it from its characters it takes two kilobytes until somebody looks at it. */
export function cidText(cid: CID): string {
  const text = cid.toString()
  return fromUtf8(utf8(text)) ?? text
}

/** The CID of a SHA-256: version 0 says DAG-PB by itself. */
export function cidOfSha256(digest: Uint8Array, codec: number, version: 0 | 1): CID {
  const multihash = Digest.create(sha256Code, digest)
  return version === 0 && codec === codecs.dagPb ? CID.createV0(multihash) : CID.createV1(codec, multihash)
}

/** What nearly all CIDs are, SHA-256 of either version, with a codec of one byte: a large folder has tens of thousands of them. */
function usualCid(bytes: Uint8Array): CID | undefined {
  const start = bytes[0] === 1 && bytes[1]! < 128 ? 2 : 0
  if (bytes[start] !== sha256Code || bytes[start + 1] !== 32 || bytes.length < start + 34) return undefined
  const own = bytes.slice(0, start + 34)
  const multihash = new Digest.Digest(sha256Code, 32, own.subarray(start + 2), own.subarray(start))
  return start === 0 ? new CID(0, codecs.dagPb, multihash, own) : new CID(1, own[1]!, multihash, own)
}

function faultOf({ version, multihash, bytes }: CID): string | undefined {
  const { code, digest } = multihash
  if (bytes.length > cidLimits.bytes) return 'it is too long'
  if (version === 0 && (code !== hashCodes.sha256 || digest.length !== 32))
    return 'version 0 is for SHA-256 only'
  if (code === hashCodes.identity && digest.length > cidLimits.identityBytes)
    return `it carries more than ${cidLimits.identityBytes} bytes itself`
  const expected = digestBytes.get(code)
  return expected !== undefined && digest.length !== expected ? 'its hash has an odd length' : undefined
}

function notCid(why: string): PeerageError {
  return new PeerageError('link.invalid', `This is no CID: ${why}.`)
}

function invalid(why: string): PeerageError {
  return new PeerageError('dag.invalid', `A block has a CID that is none: ${why}.`)
}
