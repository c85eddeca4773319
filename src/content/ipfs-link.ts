import { PeerageError, utf8 } from '../base/index.ts'
import { mostCidText, parseCid } from './cid.ts'
import { invalidLink } from './link-error.ts'
import { type Link, maxLinkLength } from './link-type.ts'
import { formatName, parseName } from './name.ts'

/** Names in the path of a link, and bytes in one of them. */
export const maxIpfsPath: { readonly names: number; readonly nameBytes: number } = {
  names: 256,
  nameBytes: 1_024,
}

/**
 * What a CID looks like, whether it is a good one or not: version 0, or version 1 in one of the bases that people meet. In base 16 an odd number of
 * characters, as that of an info hash never is.
 */
const cidPattern =
  /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|ba[a-z2-7]{20,}|BA[A-Z2-7]{20,}|k[25][0-9a-z]{20,}|K[25][0-9A-Z]{20,}|z[bd][1-9A-HJ-NP-Za-km-z]{20,}|[fF]01(?:[0-9a-fA-F]{2}){10,})$/
/** In other bases it is one when it can be read, and no word is that long by chance: that of 32 bytes has 42 characters and more, but for emoji. */
const oddBase = /^(?:.{42,}|\u{1F680}.{20,})$/su

/** Whether a text is a link of IPFS, or one of the other ways in which people write a place there; not whether it is a good one. */
export function looksLikeIpfs(text: string): boolean {
  return (
    /^(?:ipfs|ipns):\/\//i.test(text) ||
    /^\/ip[fn]s\//.test(text) ||
    beginsWithCid(text) ||
    (/^https?:\/\//i.test(text) && text.length <= maxLinkLength && gatewayPath(text) !== undefined)
  )
}

function beginsWithCid(text: string): boolean {
  const most = mostCidText(text)
  const [head] = cidAndPath(text.slice(0, most + 1))
  return head.length <= most && (cidPattern.test(head) || isOddCid(head))
}

function isOddCid(text: string): boolean {
  try {
    return oddBase.test(text) && parseCid(text).version === 1
  } catch (error) {
    if (error instanceof PeerageError) return false
    throw error
  }
}

/** A CID and the names after it. In base 64 it may have slashes itself; then it has to stand alone, as with Kubo. */
function cidAndPath(text: string): [string, ...string[]] {
  return /^[mM]A/.test(text) && isOddCid(text) ? [text] : (text.split('/') as [string, ...string[]])
}

/**
 * Reads `ipfs://CID/path`, `ipns://NAME/path`, `/ipfs/CID/path`, `/ipns/NAME/path`, a bare CID with or without a path, or the URL of a gateway by path or by
 * subdomain. Throws `link.invalid`.
 */
export function parseIpfsLink(text: string): Link {
  const native = /^(ip[fn]s):\/\/(.*)$/is.exec(text)
  if (native !== null) return placeOf(native[1]!.toLowerCase(), decoded(native[2]!.replace(/[?#].*$/s, '')))
  if (/^https?:/i.test(text)) {
    const path = gatewayPath(text)
    if (path === undefined) throw invalidLink('This is no URL of an IPFS gateway (https://HOST/ipfs/CID).')
    return parseIpfsLink(path)
  }
  const path = /^\/(ip[fn]s)\/(.*)$/s.exec(text)
  return path === null ? placeOf('ipfs', cidAndPath(text)) : placeOf(path[1]!, path[2]!.split('/'))
}

/** The text of a link of that kind: a URL. */
export function formatIpfsLink({ kind, cid, ipnsName, path = [], ...rest }: Link): string {
  const head = kind === 'ipfs' ? cid : ipnsName
  if (head === undefined) throw invalidLink('A link of IPFS needs a CID or a name.')
  if (rest.infoHash || rest.infoHashV1 || rest.secret || rest.owner || rest.name !== undefined)
    throw invalidLink('A link of IPFS carries a CID or a name and a path, and no more.')
  if (rest.peers.length + rest.trackers.length + rest.webSeeds.length > 0 || rest.selectOnly)
    throw invalidLink('A link of IPFS carries no addresses.')
  checkPath(path)
  return `${kind}://${[head, ...path.map(encodeName)].join('/')}`
}

/** The canonical text of a CID. Throws `link.invalid`. */
export function canonicalCid(text: string): string {
  return parseCid(text).toString()
}

function placeOf(kind: string, [head = '', ...names]: readonly string[]): Link {
  // A slash at the end means the same.
  const path = names.at(-1) === '' ? names.slice(0, -1) : names
  checkPath(path)
  const common = { peers: [], trackers: [], webSeeds: [], ...(path.length > 0 && { path }) }
  if (kind === 'ipfs' && !isKey(head)) return { kind, cid: canonicalCid(head), ...common }
  const name = parseName(head)
  return { kind: 'ipns', ipnsName: name.kind === 'key' ? formatName(name.multihash) : name.domain, ...common }
}

/** A bare `k51...` is a name: the CID of a key, which is no content. */
function isKey(text: string): boolean {
  try {
    return !text.startsWith('Qm') && parseName(text).kind === 'key'
  } catch (error) {
    if (error instanceof PeerageError) return false
    throw error
  }
}

function decoded(text: string): string[] {
  return text.split('/').map(part => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw invalidLink('A percent sign in the link is not followed by a character code; was it cut off?')
    }
  })
}

function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Names as they come from the network are checked again by whoever walks there; this keeps out what is no path at all. */
function checkPath(path: readonly string[]): void {
  if (path.length > maxIpfsPath.names) throw invalidLink('The path in the link is too deep.')
  for (const name of path) {
    if (name === '' || name === '.' || name === '..' || name.includes('\0') || !name.isWellFormed())
      throw invalidLink('The path in the link has a part that is no name.')
    if (name.includes('/')) throw invalidLink('A name in the path of the link has a slash in it.')
    if (utf8(name).length > maxIpfsPath.nameBytes) throw invalidLink('A name in the link is too long.')
  }
}

/** `/ipfs/CID/path` from the URL of a gateway; undefined when it is none. */
function gatewayPath(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const names = (path: string): string => safelyDecoded(path)
  const sub = /^([^.]+)\.(ip[fn]s)\..+$/.exec(url.hostname)
  if (sub !== null) {
    const head = sub[2] === 'ipns' && !isKey(sub[1]!) ? inlinedDomain(sub[1]!) : sub[1]!
    return `/${sub[2]}/${head}${names(url.pathname)}`
  }
  return /^\/ip[fn]s\/[^/]/.test(url.pathname) ? names(url.pathname) : undefined
}

/** Names of a URL, decoded each; one that would become two is left as it was, to be refused later. */
function safelyDecoded(path: string): string {
  return path
    .split('/')
    .map(part => {
      try {
        const name = decodeURIComponent(part)
        return name.includes('/') ? '..' : name
      } catch {
        return '..'
      }
    })
    .join('/')
}

/** A domain in one label of a host name (subdomain gateway specification): dots are `-`, and `-` is `--`. */
function inlinedDomain(label: string): string {
  return label
    .split('--')
    .map(part => part.replaceAll('-', '.'))
    .join('-')
}
