import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { cidInAnyBase } from './any-base.ts'

/** Whose name it is: the multihash of a public key, or a domain whose DNS records say where it points (DNSLink). */
export type Name =
  | { readonly kind: 'key'; readonly multihash: Uint8Array; readonly path: string }
  | { readonly kind: 'domain'; readonly domain: string; readonly path: string }

/** What a name points at: the same content in the words of each network, as far as they are known. */
export interface NameTarget {
  /** `/ipfs/CID/...`, or `/ipns/...` for another name. */
  readonly path?: string
  /** BEP 52 (32 bytes) or BEP 3 (20 bytes). */
  readonly infoHash?: Uint8Array
}

/** What a name says now, verified. */
export interface Resolved extends NameTarget {
  /** The name that was asked for, and those that it led over, each as `formatName` writes it or a domain. */
  readonly names: readonly string[]
  /** Rises with each change; decimal, of the last name. Absent for a domain. */
  readonly sequence?: bigint
  /** World.wallTime() until which it holds, and until which it need not be asked for again. */
  readonly validUntil: number
  readonly freshUntil: number
}

/** Where it was put. */
export interface Published extends NameTarget {
  readonly name: string
  readonly sequence: bigint
  readonly validUntil: number
  /** Peers of the IPFS network, servers, and nodes of the Mainline DHT that took it. */
  readonly peers: number
  readonly servers: number
  readonly nodes: number
}

/** Names that point at something that changes. What stands under one was signed by its key; the network only keeps it. */
export interface Names {
  /**
   * What a name points at now. Rejects with `name.unknown`, `name.no-link`, `name.refused` (expired, older than what was seen before, or a loop),
   * `link.invalid`, `network.unreachable`, `signal.reason`.
   */
  resolve(name: string, signal: AbortSignal): Promise<Resolved>
  /** Lets the name of one of our keys (the peer's own when left out) point there, and keeps it so. Rejects with `name.key-unknown`, `network.unreachable`. */
  publish(
    target: NameTarget,
    options: { readonly key?: string | undefined; readonly signal: AbortSignal },
  ): Promise<Published>
}

/** The multicodec `libp2p-key`. */
const keyCodec = 0x72
const identityCode = 0
const sha256Code = 0x12
const ed25519Head = Uint8Array.of(8, 1, 18, 32)
const maxNameLength = 1_024
/** Characters of what a name points at, at most. */
const maxPathLength = 2_048
const pathPattern = /^\/ip[fn]s\/[^/\s]+(?:\/[^\0\r\n]*)?$/
const domainPattern = /^(?=.{3,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i

/**
 * The name in a text: `k51...`, a PeerId, `/ipns/NAME/path`, `ipns://NAME/path`, or a domain. Throws `link.invalid`.
 */
export function parseName(text: string): Name {
  if (text.length === 0 || text.length > maxNameLength) throw invalid('it is empty or too long')
  const bare = text.replace(/^(?:ipns:\/\/|\/ipns\/)/, '')
  const slash = bare.indexOf('/')
  const head = slash < 0 ? bare : bare.slice(0, slash)
  const path = slash < 0 ? '' : bare.slice(slash).replace(/\/+$/, '')
  const multihash = multihashIn(head)
  if (multihash !== undefined) return { kind: 'key', multihash, path }
  // A subdomain gateway writes the dots of a domain otherwise, but whoever types a name does not.
  if (!domainPattern.test(head)) throw invalid('it is neither a key nor a domain')
  return { kind: 'domain', domain: head.toLowerCase(), path }
}

/** Whether a name may point there: `/ipfs/CID/path`, `/ipns/NAME/path`. The CID and the name in it are not looked at. */
export function isNamePath(text: string): boolean {
  return text.length <= maxPathLength && pathPattern.test(text)
}

/** The text of a key's name: a CIDv1 in base 36 ("String Representation"), which is a host name, too. */
export function formatName(multihash: Uint8Array): string {
  return CID.createV1(keyCodec, Digest.decode(multihash)).toString(base36)
}

/** The name of an Ed25519 key (32 bytes). */
export function nameOfKey(publicKey: Uint8Array): string {
  return formatName(concat([Uint8Array.of(identityCode, 36), ed25519Head, publicKey]))
}

/** The Ed25519 key that a name is, undefined for one that is only the hash of a key. */
export function keyOfName(multihash: Uint8Array): Uint8Array | undefined {
  const isEd25519 =
    multihash.length === 38 &&
    multihash[0] === identityCode &&
    multihash[1] === 36 &&
    ed25519Head.every((byte, i) => multihash[2 + i] === byte)
  return isEd25519 ? multihash.slice(6) : undefined
}

/** Under what a record of a name is kept by others ("Routing Record"). */
export function routingKeyOfName(multihash: Uint8Array): Uint8Array {
  return concat([utf8('/ipns/'), multihash])
}

function multihashIn(text: string): Uint8Array | undefined {
  try {
    // A leading `1` or `Qm` means bare base 58 (libp2p specification `peer-ids`, "String representation").
    const bytes = /^(?:1|Qm)/.test(text) ? base58btc.decode(`z${text}`) : cidBytes(text)
    const { code, digest } = Digest.decode(bytes)
    const fits = code === identityCode ? digest.length >= 3 && digest.length <= 42 : digest.length === 32
    return fits && (code === identityCode || code === sha256Code) ? bytes : undefined
  } catch {
    return undefined
  }
}

/** A CID with another codec is no name, but a domain cannot be mistaken for one: it has a dot. */
function cidBytes(text: string): Uint8Array {
  const cid = cidInAnyBase(text)
  if (cid.code !== keyCodec) throw invalid('it is a CID, but not of a key')
  return cid.multihash.bytes
}

function invalid(why: string): PeerageError {
  return new PeerageError('link.invalid', `That is no name: ${why}.`)
}
