import { fromBase32, fromBase64url, toBase32, toBase64url } from '../base/index.ts'
import { canonicalCid } from './ipfs-link.ts'
import { invalidLink } from './link-error.ts'
import { formatQuery, parseQuery } from './link-query.ts'
import { type Link, maxLinkPeers } from './link-type.ts'
import { isEd25519PeerId, isMultiaddr } from './peer-address.ts'

const hashDigits = 52
const secretDigits = 43
const maxNameLength = 1_024

/** Reads what follows `peerage:`. Strict: a link that lost a part would find nothing, or lock people out. */
export function parsePeerageLink(rest: string): Link {
  const [hash = '', query = '', ...more] = rest.split('?')
  if (more.length > 0) throw invalidLink('The link has two question marks.')
  const values = new Map<string, string>()
  const peers: string[] = []
  for (const [name, value] of parseQuery(query)) {
    if (name === 'p') peers.push(checkAddress(value))
    else if (values.has(name)) throw invalidLink(`The part "${name.slice(0, 20)}" stands in the link twice.`)
    else values.set(name, value)
  }
  if (peers.length > maxLinkPeers) throw invalidLink(`The link has more than ${maxLinkPeers} addresses.`)
  const name = values.get('n')
  const secret = values.get('s')
  const owner = values.get('o')
  const cid = values.get('c')
  if (name !== undefined) checkName(name)
  if (owner !== undefined) checkOwner(owner)
  return {
    kind: 'peerage',
    infoHash: hashOf(hash),
    ...(name === undefined ? {} : { name }),
    peers,
    ...(secret === undefined ? {} : { secret: secretOf(secret) }),
    ...(owner === undefined ? {} : { owner }),
    ...(cid === undefined ? {} : { cid: canonicalCid(cid) }),
    trackers: [],
    webSeeds: [],
  }
}

export function formatPeerageLink(link: Link): string {
  if (link.infoHash?.length !== 32) throw invalidLink('A peerage: link needs the SHA-256 info hash.')
  if (link.infoHashV1 || link.selectOnly || link.trackers.length > 0 || link.webSeeds.length > 0)
    throw invalidLink('A peerage: link cannot carry trackers, web seeds, a v1 hash or a selection.')
  if (link.path || link.ipnsName !== undefined)
    throw invalidLink('A peerage: link carries no path or IPNS name.')
  if (link.peers.length > maxLinkPeers) throw invalidLink(`A link has at most ${maxLinkPeers} addresses.`)
  if (link.secret !== undefined && link.secret.length !== 32) throw invalidLink('A secret has 32 bytes.')
  if (link.name !== undefined) checkName(link.name)
  if (link.owner !== undefined) checkOwner(link.owner)
  const parameters: [string, string][] = []
  if (link.name !== undefined) parameters.push(['n', link.name])
  if (link.secret !== undefined) parameters.push(['s', toBase64url(link.secret)])
  if (link.owner !== undefined) parameters.push(['o', link.owner])
  if (link.cid !== undefined) parameters.push(['c', canonicalCid(link.cid)])
  for (const peer of link.peers) parameters.push(['p', checkAddress(peer)])
  const query = formatQuery(parameters)
  return `peerage:${toBase32(link.infoHash)}${query === '' ? '' : `?${query}`}`
}

function hashOf(text: string): Uint8Array {
  if (text.length < hashDigits)
    throw invalidLink(`The hash in the link has ${text.length} of ${hashDigits} characters; copy all of it.`)
  if (text.length > hashDigits) throw invalidLink('The hash in the link is too long.')
  const hash = fromBase32(text)
  if (toBase32(hash) !== text.toLowerCase())
    throw invalidLink('The hash in the link was changed or mistyped.')
  return hash
}

function secretOf(text: string): Uint8Array {
  if (text.length < secretDigits)
    throw invalidLink(
      `The secret in the link has ${text.length} of ${secretDigits} characters; copy all of it.`,
    )
  const secret = text.length === secretDigits ? fromBase64url(text) : undefined
  if (secret === undefined || toBase64url(secret) !== text)
    throw invalidLink('The secret in the link was changed or mistyped.')
  return secret
}

function checkName(name: string): void {
  if (name === '' || name.length > maxNameLength)
    throw invalidLink(`The name in the link is empty or longer than ${maxNameLength} characters.`)
}

function checkOwner(owner: string): void {
  if (!isEd25519PeerId(owner))
    throw invalidLink('The owner in the link is no complete peer id (12D3KooW and 44 more characters).')
}

function checkAddress(address: string): string {
  if (!isMultiaddr(address))
    throw invalidLink(
      'An address in the link is not complete; they look like /ip4/192.0.2.1/tcp/4001/p2p/12D3KooW... .',
    )
  return address
}
