/** Something on IPFS as a person names it: a root, and names from there down. */
export interface Place {
  readonly kind: 'ipfs' | 'ipns'
  /** A CID, or of `ipns` a key or a domain. */
  readonly root: string
  readonly path: readonly string[]
}

/** What people paste: a CID, a link of either kind, the URL of a gateway, a magnet link with a CID, a key or a domain. What it is not, the daemon says. */
export function placeOf(given: string): Place {
  const text = given.trim()
  const magnet = /^magnet:.*?[?&]xt=urn:ipfs:([^&]+)/is.exec(text)
  if (magnet !== null) return placeAt('ipfs', [magnet[1]!])
  const native = /^(ipfs|ipns):\/\/([^?#]*)/is.exec(text)
  if (native !== null) return placeAt(native[1]!.toLowerCase(), native[2]!.split('/').map(decoded))
  const path = /^\/(ipfs|ipns)\/(.*)$/s.exec(text)
  if (path !== null) return placeAt(path[1]!, path[2]!.split('/'))
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return placeOfUrl(new URL(text))
  const parts = text.split('/')
  const isName = /^(?:k51|12D3Koo|16Uiu2)\w+$|^[^\s.]+(?:\.[^\s.]+)+$/.test(parts[0]!)
  return placeAt(isName ? 'ipns' : 'ipfs', parts)
}

/** Of a gateway by path or by subdomain; any other page of the web is asked for by its domain. */
function placeOfUrl({ hostname, pathname }: URL): Place {
  const names = pathname.slice(1).split('/').map(decoded)
  if (names[0] === 'ipfs' || names[0] === 'ipns') return placeAt(names[0], names.slice(1))
  // `docs.ipfs.tech` is a domain of its own.
  const [, label, kind] = /^(\w{40,}|[^.]+-[^.]+(?=\.ipns))\.(ipfs|ipns)\./.exec(hostname) ?? []
  if (label === undefined || kind === undefined) return placeAt('ipns', [hostname, ...names])
  // A domain stands in one label: its dots are dashes, and its dashes two of them.
  const root = kind === 'ipns' ? label.replace(/--|-/g, dash => (dash === '--' ? '-' : '.')) : label
  return placeAt(kind, [root, ...names])
}

function placeAt(kind: string, [root = '', ...names]: readonly string[]): Place {
  return { kind: kind === 'ipns' ? 'ipns' : 'ipfs', root, path: names.filter(name => name !== '') }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** How the daemon is asked for it. */
export function linkOf({ kind, root, path }: Place): string {
  return `${kind}://${[root, ...path.map(encoded)].join('/')}`
}

/** The page that shows it. */
export function pageOf(place: Place): string {
  return `/ipfs?link=${encodeURIComponent(linkOf(place))}`
}

/** The way down to it, itself last. */
export function wayTo({ kind, root, path }: Place): readonly Place[] {
  return [...path.keys(), path.length].map(length => ({ kind, root, path: path.slice(0, length) }))
}

/** What a URL of the gateway for a root is for what is below that. */
export function urlBelow(root: string, path: readonly string[]): string {
  const url = new URL(root)
  url.pathname = url.pathname.replace(/\/?$/, '/') + path.map(encoded).join('/')
  return url.href
}

function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}

/** A long name of the machine, by its ends. */
export function shortName(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 12)}…${text.slice(-8)}`
}
