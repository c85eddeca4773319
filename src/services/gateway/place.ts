import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import type { CID } from 'multiformats/cid'
import { PeerageError, utf8 } from '../../base/index.ts'
import { formatName, maxIpfsPath, type Name, parseCid, parseName } from '../../content/index.ts'
import { GatewayFailure, shown } from './failure.ts'

/** What is asked of the gateway, as it came. */
export interface GatewayRequest {
  readonly method: string
  /** The path with the query, encoded, as it stands in the first line of the request. */
  readonly url: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Where a request leads. */
export interface Place {
  readonly root: { readonly kind: 'ipfs'; readonly cid: CID } | { readonly kind: 'ipns'; readonly name: Name }
  /** Names behind the root, decoded. */
  readonly path: readonly string[]
  readonly endsWithSlash: boolean
  /** Without the question mark, as it was sent. */
  readonly query: string
  /** The origin is that of this root alone (subdomain gateway). */
  readonly isOwnOrigin: boolean
  /** What stands before the path in URLs of this place: empty with an origin of its own, else `/ipfs/CID`. */
  readonly base: string
  /** What stands before `/ipfs/CID` in links to other roots: empty, or `//HOST` where the origin is that of one root. */
  readonly elsewhere: string
  /** `/ipfs/CID/path` as it was asked for, encoded: the header X-Ipfs-Path. */
  readonly contentPath: string
}

/** A URL that should be asked for instead. */
export interface Elsewhere {
  readonly location: string
  /** 301 where it is left out. */
  readonly status?: number
}

export interface PlaceOptions {
  /** Names under which this gateway gives each root an origin of its own, in lower case; and addresses, which have none below them. */
  readonly hosts: readonly string[]
}

/** Of a part of a host name ("DNS label limits"). */
const maxLabel = 63
const maxUrlLength = 16_384
const loopback = /^(?:127\.0\.0\.1|\[::1\])$/

/** Whether one of `gateway.hosts` is an IPv4 address: content is asked for by path there. */
export function isAddress(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)
}

/**
 * A request that names the host in its first line, as those do who take us for their proxy, as others send it (RFC 9112, section 3.2.2: the
 * header Host does not count then).
 */
export function inOriginForm(request: GatewayRequest): GatewayRequest {
  const absolute = /^http:\/\/([^/?#]*)([^#]*)/i.exec(request.url)
  if (absolute === null) return request
  const [, host, rest = ''] = absolute
  return {
    ...request,
    url: rest.startsWith('/') ? rest : `/${rest}`,
    headers: { ...request.headers, host },
  }
}

/**
 * Reads where a request leads: `CID.ipfs.HOST/path`, `NAME.ipns.HOST/path`, or `/ipfs/CID/path` and `/ipns/NAME/path` at a name or at a loopback
 * address. A page of another site that points its own name at this machine asks with that name (DNS rebinding, CVE-2018-5702) and is
 * refused, as every other name that is not ours. Throws a `GatewayFailure` 400, 403 or 404.
 *
 * @param isForBrowsers the answer is one that a browser may run: it goes to an origin of its own where there is one
 */
export function placeOf(
  request: GatewayRequest,
  { hosts }: PlaceOptions,
  isForBrowsers: boolean,
): Place | Elsewhere {
  if (request.url.length > maxUrlLength) throw new GatewayFailure(400, 'The address is too long.')
  const host = (request.headers.host ?? '').toLowerCase()
  const [, pathText = '', query = ''] = /^([^?#]*)\??([^#]*)/s.exec(request.url)!
  const [, name = '', port = ''] = /^(.*?)(:\d{1,5})?$/s.exec(host)!
  if (loopback.test(name) || (isAddress(name) && hosts.includes(name))) {
    const place = pathPlace(pathText, query)
    return isForBrowsers && 'root' in place ? (canonicalName(place, pathText) ?? place) : place
  }
  const ours = hosts.find(one => !isAddress(one) && (name === one || name.endsWith(`.${one}`)))
  if (ours === undefined)
    throw new GatewayFailure(403, `"${shown(host)}" is not a name of this gateway (see gateway.hosts).`)
  const at = `${ours}${port}`
  if (name !== ours) return subdomainPlace(name.slice(0, -ours.length - 1), at, pathText, query)
  const place = pathPlace(pathText, query)
  return isForBrowsers && 'root' in place ? ownOrigin(place, at, pathText) : place
}

function pathPlace(pathText: string, query: string): Place | Elsewhere {
  const uri = /^\/ip[fn]s\/?$/.test(pathText) ? new URLSearchParams(query).get('uri') : null
  if (uri !== null) return { location: pathOfUri(uri) }
  const parts = /^\/(ipfs|ipns)\/([^/]+)(\/.*)?$/s.exec(pathText)
  if (parts === null) throw new GatewayFailure(404, 'There is nothing here: ask for /ipfs/CID or /ipns/NAME.')
  const [, kind, head = '', rest = ''] = parts
  const root = kind === 'ipfs' ? contentRoot(decodedName(head)) : nameRoot(decodedName(head))
  return {
    root,
    ...pathOf(rest),
    query,
    isOwnOrigin: false,
    base: `/${kind}/${head}`,
    elsewhere: '',
    contentPath: pathText,
  }
}

/** A key is written in one way, which host names can have, too ("IPNS Name", string representation). */
function canonicalName({ root, query }: Place, pathText: string): Elsewhere | undefined {
  if (root.kind !== 'ipns' || root.name.kind !== 'key') return undefined
  const [, head, rest] = /^\/ipns\/([^/]+)(.*)$/s.exec(pathText)!
  const name = formatName(root.name.multihash)
  if (head === name) return undefined
  return { location: asciiOnly(`/ipns/${name}${rest}${query === '' ? '' : `?${query}`}`), status: 302 }
}

/** "URI router": what a browser hands over that was told to open `ipfs://` here. */
function pathOfUri(uri: string): string {
  const parts = /^(ip[fn]s):\/\/([^/?#\s]+)([^\s]*)$/i.exec(uri)
  if (parts === null)
    throw new GatewayFailure(400, 'The parameter uri is not a link that begins with ipfs:// or ipns://.')
  return asciiOnly(`/${parts[1]!.toLowerCase()}/${parts[2]}${parts[3]}`)
}

function subdomainPlace(head: string, at: string, pathText: string, query: string): Place | Elsewhere {
  const parts = /^(.+)\.(ipfs|ipns)$/s.exec(head)
  if (parts === null) throw new GatewayFailure(403, `"${shown(head)}" is not a name of this gateway.`)
  const [, label = '', kind] = parts
  const root = kind === 'ipfs' ? contentRoot(label) : nameRoot(label.includes('.') ? label : namedBy(label))
  const canonical = labelOf(root)
  const inUrl = pathText === '/' && query === '' ? '/' : `${pathText}${query === '' ? '' : `?${query}`}`
  // One origin a root: not one for each way to write it. A domain may stand there with its dots.
  if (label !== canonical && !(kind === 'ipns' && label.includes('.')))
    return { location: `http://${canonical}.${kind}.${at}${asciiOnly(inUrl)}` }
  return {
    root,
    ...pathOf(pathText),
    query,
    isOwnOrigin: true,
    base: '',
    elsewhere: `//${at}`,
    contentPath: `/${kind}/${rootText(root)}${pathText}`,
  }
}

/** "Migrating from Path to Subdomain Gateway": path and query stay as they were. */
function ownOrigin({ root, query }: Place, at: string, pathText: string): Elsewhere {
  const rest = pathText.replace(/^\/ip[fn]s\/[^/]+/, '')
  const search = query === '' ? '' : `?${query}`
  return {
    location: asciiOnly(`http://${labelOf(root)}.${root.kind}.${at}${rest === '' ? '/' : rest}${search}`),
  }
}

function contentRoot(text: string): Place['root'] {
  try {
    return { kind: 'ipfs', cid: parseCid(text) }
  } catch (cause) {
    throw new GatewayFailure(400, `invalid path "/ipfs/${shown(text)}": ${messageOf(cause)}`, { cause })
  }
}

function nameRoot(text: string): Place['root'] {
  try {
    return { kind: 'ipns', name: parseName(keyNamed(text) ?? text) }
  } catch (cause) {
    throw new GatewayFailure(400, `invalid path "/ipns/${shown(text)}": ${messageOf(cause)}`, { cause })
  }
}

/** A key is sometimes written as a CID of content: its hash is the name. */
function keyNamed(text: string): string | undefined {
  if (text.includes('.') || text.startsWith('1') || text.startsWith('Qm')) return undefined
  try {
    return formatName(parseCid(text).multihash.bytes)
  } catch {
    return undefined
  }
}

/** What a label names: a key, or a domain in one label. */
function namedBy(label: string): string {
  return (
    keyNamed(label) ??
    label
      .split('--')
      .map(part => part.replaceAll('-', '.'))
      .join('-')
  )
}

/** A root as part of a host name. Throws a `GatewayFailure` 400 when it does not fit. */
function labelOf(root: Place['root']): string {
  const label = root.kind === 'ipfs' ? cidLabel(root.cid) : nameLabel(root.name)
  if (label.length > maxLabel)
    throw new GatewayFailure(
      400,
      `CID incompatible with DNS label length limit of ${maxLabel}: ask for it by path at 127.0.0.1.`,
    )
  return label
}

function cidLabel(cid: CID): string {
  const inBase32 = cid.toV1().toString(base32)
  return inBase32.length <= maxLabel ? inBase32 : cid.toV1().toString(base36)
}

function nameLabel(name: Name): string {
  if (name.kind === 'key') return formatName(name.multihash)
  return name.domain.replaceAll('-', '--').replaceAll('.', '-')
}

/** A root as it stands in a content path. */
export function rootText(root: Place['root']): string {
  if (root.kind === 'ipfs') return root.cid.toString()
  return root.name.kind === 'key' ? formatName(root.name.multihash) : root.name.domain
}

/** The names of an encoded path. Throws a `GatewayFailure` 400. */
export function pathOf(text: string): { path: string[]; endsWithSlash: boolean } {
  const path = text
    .split('/')
    .filter(name => name !== '')
    .map(decodedName)
  if (path.length > maxIpfsPath.names) throw new GatewayFailure(400, 'The path is too deep.')
  return { path, endsWithSlash: text.endsWith('/') }
}

function decodedName(text: string): string {
  let name: string
  try {
    name = decodeURIComponent(text)
  } catch {
    throw new GatewayFailure(400, 'A percent sign in the address is not followed by a character code.')
  }
  if (name === '.' || name === '..' || /[/\0]/.test(name) || utf8(name).length > maxIpfsPath.nameBytes)
    throw new GatewayFailure(400, 'A part of the path is no name of a file or folder.')
  return name
}

/** A text for a header: what is not visible ASCII is encoded. */
export function asciiOnly(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

/** A path for URLs, from decoded names. */
export function encodedPath(names: readonly string[]): string {
  return names.map(name => `/${encodeURIComponent(name)}`).join('')
}

function messageOf(error: unknown): string {
  if (error instanceof PeerageError) return error.message
  throw error
}
