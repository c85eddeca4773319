import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { isDataCodec, resolvePath } from '../../content/index.ts'
import type { GatewayConfig } from './config.ts'
import { GatewayFailure } from './failure.ts'
import { cachedAs, type Format } from './format.ts'
import { asciiOnly, type GatewayRequest, type Place } from './place.ts'
import type { GatewayReader } from './reader.ts'
import { commonHeaders, type GatewayAnswer } from './responses.ts'

/** One request for content whose root is known, and what answers it. */
export interface ServingParts {
  readonly request: GatewayRequest
  readonly place: Place
  readonly format: Exclude<Format, 'ipns-record' | 'tar'>
  readonly root: CID
  /** From the root, what a name put there before the rest included. */
  readonly path: readonly string[]
  readonly reader: GatewayReader
  readonly config: GatewayConfig
  readonly signal: AbortSignal
  readonly cacheControl: string
  /** Throws `content.denied` where a denylist names that path from the root. */
  checkPath(path: readonly string[]): void
}

/** Where a path ended. */
export interface Found {
  readonly cid: CID
  /** The CID of each part of the path, that of the root first: the header X-Ipfs-Roots. */
  readonly roots: readonly CID[]
  /** Blocks by which the path can be followed, without the last one. */
  readonly way: readonly CID[]
}

/** What stands behind a CID never changes ("Cache-Control (response header)"). */
export const immutable = 'public, max-age=29030400, immutable'
/** Of what only who has the key may see. */
export const notCached = 'no-store'
/** Where all roots share an origin, what they give must not act in its name: it gets an origin that nobody else has. */
const sandboxed = 'sandbox'

/** Where a path leads, link by link: each part of it has a CID of its own. Rejects with `content.no-such-file` and a `GatewayFailure` 501. */
export async function follow(parts: ServingParts, path: readonly string[]): Promise<Found> {
  const { reader, root, signal } = parts
  const roots = [root]
  const way: CID[] = []
  for (let at = 0; at < path.length; ) {
    const from = roots.at(-1)!
    // A link may stand several names deep in data.
    const names = isDataCodec(from.code) ? path.slice(at) : path.slice(at, at + 1)
    const step = await resolvePath(reader, from, names, { signal })
    if (step.rest.length > 0)
      throw new GatewayFailure(501, 'The path ends within a block of data: only blocks are served.')
    way.push(...step.way)
    roots.push(step.cid)
    at += names.length
  }
  return { cid: roots.at(-1)!, roots, way }
}

/** "Not Modified", where whoever asks has what the ETag in `headers` names: a cache takes these for what it has (RFC 9111, section 4.3.4). */
export function unchanged(
  { request }: ServingParts,
  headers: Readonly<Record<string, string>>,
): GatewayAnswer | undefined {
  return matches(request.headers['if-none-match'], headers.etag) ? { status: 304, headers } : undefined
}

/** What all answers say of where they come from and how long they hold. `format`: in which form they are sent, where that is not what was asked for. */
export function headersOf(
  parts: ServingParts,
  { roots }: Found,
  etag: string,
  format: Format = parts.format,
): Record<string, string> {
  const { place, cacheControl, request } = parts
  return {
    ...commonHeaders,
    // What has a key in its URL is not cached, and the key is told to nobody.
    ...(cacheControl !== notCached && cachedAs(request, format)),
    etag,
    'cache-control': cacheControl,
    'x-ipfs-path': asciiOnly(place.contentPath),
    'x-ipfs-roots': roots.join(','),
    ...(!place.isOwnOrigin && { 'content-security-policy': sandboxed }),
  }
}

/** RFC 9110, section 13.1.2: weak comparison. */
function matches(header: string | undefined, etag: string | undefined): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some(one => one.trim().replace(/^W\//, '') === etag)
}

/** Undefined where a path leads nowhere. */
export async function optional<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export function isMissing(error: unknown): error is PeerageError {
  return error instanceof PeerageError && error.code === 'content.no-such-file'
}

/** Nothing is converted. */
export function otherForm(parts: ServingParts): GatewayFailure {
  const { format } = parts
  return new GatewayFailure(
    406,
    `It has another form than ${format}; ?format=raw gives its bytes as they are.`,
  )
}
