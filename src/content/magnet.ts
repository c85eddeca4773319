import { fromBase32, fromHex, toHex } from '../base/index.ts'
import { canonicalCid } from './ipfs-link.ts'
import { invalidLink } from './link-error.ts'
import { formatQuery, parseQuery } from './link-query.ts'
import { type Link, maxLinkPeers } from './link-type.ts'
import { isHostAndPort, isMultiaddr } from './peer-address.ts'
import { isTrackerUrl, isWebSeedUrl } from './urls.ts'

const maxUrls = 64
const maxNameLength = 1_024
const maxSelected = 65_536

/** The multihash prefix of SHA-256 with 32 bytes (BEP 52 magnets). */
const sha256Prefix = '1220'

/**
 * Reads what follows `magnet:` (BEP 9, BEP 53; `btmh` of BEP 52). Hashes and the file selection must be right; addresses and
 * URLs come from the wild, so those that are no good are passed over, and only the first 32 peers and 64 URLs of a kind are
 * taken. `x.peerage` is ours: where peers of this network are.
 * `urn:ipfs` with a CID is what some programs write for the same files on IPFS. Throws `link.invalid`.
 */
export function parseMagnet(rest: string): Link {
  if (!rest.startsWith('?')) throw invalidLink('A magnet link starts with magnet:? .')
  const found: MagnetParts = {
    peers: new Set(),
    members: new Set(),
    trackers: new Set(),
    webSeeds: new Set(),
  }
  // Old programs write spaces of names as +.
  for (const [numbered, value] of parseQuery(rest.slice(1), 'dn')) {
    // Several values of one name may be numbered: tr.1, tr.2. But `x.pe` is a name.
    const name = numbered.replace(/\.[0-9]+$/, '')
    take(found, name, value)
  }
  const { infoHash, infoHashV1, cid, name, selectOnly } = found
  if ((infoHash ?? infoHashV1 ?? cid) === undefined)
    throw invalidLink(
      'The magnet link names no content (xt=urn:btmh:..., xt=urn:btih:... or xt=urn:ipfs:...).',
    )
  return {
    kind: 'magnet',
    ...(infoHash === undefined ? {} : { infoHash }),
    ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
    ...(cid === undefined ? {} : { cid }),
    ...(name === undefined ? {} : { name }),
    peers: [...found.peers],
    ...(found.members.size > 0 && { members: [...found.members] }),
    trackers: [...found.trackers],
    webSeeds: [...found.webSeeds],
    ...(selectOnly === undefined ? {} : { selectOnly }),
  }
}

interface MagnetParts {
  infoHash?: Uint8Array
  infoHashV1?: Uint8Array
  cid?: string
  name?: string
  selectOnly?: number[]
  readonly peers: Set<string>
  readonly members: Set<string>
  readonly trackers: Set<string>
  readonly webSeeds: Set<string>
}

function take(found: MagnetParts, name: string, value: string): void {
  if (name === 'xt') takeTopic(found, value)
  else if (name === 'dn' && value !== '') found.name ??= value.slice(0, maxNameLength).toWellFormed()
  else if (name === 'x.pe') takeIf(found.peers, value, isHostAndPort, maxLinkPeers)
  else if (name === 'x.peerage') takeIf(found.members, value, isMultiaddr, maxLinkPeers)
  else if (name === 'tr') takeIf(found.trackers, value, isTrackerUrl, maxUrls)
  else if (name === 'ws') takeIf(found.webSeeds, value, isWebSeedUrl, maxUrls)
  else if (name === 'so') found.selectOnly ??= selectionOf(value)
}

function takeIf(into: Set<string>, value: string, isGood: (text: string) => boolean, most: number): void {
  if (into.size < most && isGood(value)) into.add(value)
}

function takeTopic(found: MagnetParts, topic: string): void {
  const v1 = /^urn:btih:(.*)$/i.exec(topic)?.[1]
  const v2 = /^urn:btmh:(.*)$/i.exec(topic)?.[1]
  if (v1 !== undefined) {
    if (found.infoHashV1 !== undefined) throw invalidLink('The magnet link names two v1 contents.')
    found.infoHashV1 = v1HashOf(v1)
  }
  if (v2 !== undefined) {
    if (found.infoHash !== undefined) throw invalidLink('The magnet link names two v2 contents.')
    found.infoHash = v2HashOf(v2)
  }
  const cid = /^urn:ipfs:(.*)$/i.exec(topic)?.[1]
  if (cid !== undefined) {
    if (found.cid !== undefined) throw invalidLink('The magnet link names two contents of IPFS.')
    found.cid = canonicalCid(cid)
  }
}

function v1HashOf(text: string): Uint8Array {
  if (/^[0-9a-f]{40}$/i.test(text)) return fromHex(text)
  if (/^[a-z2-7]{32}$/i.test(text)) return fromBase32(text)
  throw invalidLink(
    `The btih hash has ${text.length} characters; it must be 40 hexadecimal or 32 base 32 ones.`,
  )
}

function v2HashOf(text: string): Uint8Array {
  if (!text.startsWith(sha256Prefix))
    throw invalidLink('The btmh hash is no SHA-256 hash (it starts with 1220).')
  if (!/^[0-9a-f]{68}$/i.test(text))
    throw invalidLink(`The btmh hash has ${text.length} characters; it must be 68 hexadecimal ones.`)
  return fromHex(text.slice(sha256Prefix.length))
}

/** File indices as in `0,2,4-6` (BEP 53). Throws `link.invalid`. */
function selectionOf(text: string): number[] {
  const out = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^([0-9]{1,9})(?:-([0-9]{1,9}))?$/.exec(part)
    if (match === null) throw invalidLink('The file selection (so=) of the magnet link is malformed.')
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (last < first || last - first + out.size >= maxSelected)
      throw invalidLink('The file selection (so=) of the magnet link is malformed or too long.')
    for (let index = first; index <= last; index++) out.add(index)
  }
  return [...out].sort((a, b) => a - b)
}

export function formatMagnet(link: Link): string {
  if ((link.infoHash ?? link.infoHashV1 ?? link.cid) === undefined)
    throw invalidLink('A magnet link needs an info hash or a CID.')
  if (link.path || link.ipnsName !== undefined)
    throw invalidLink('A magnet link carries no path or IPNS name.')
  if (link.secret !== undefined || link.owner !== undefined)
    throw invalidLink('A magnet link cannot carry a secret or an owner; make a peerage: link.')
  if (!link.peers.every(isHostAndPort) || link.peers.length > maxLinkPeers)
    throw invalidLink(`A magnet link has at most ${maxLinkPeers} peers, each written as host:port.`)
  if (link.members?.every(isMultiaddr) === false || (link.members?.length ?? 0) > maxLinkPeers)
    throw invalidLink(`A magnet link has at most ${maxLinkPeers} members, each a multiaddr.`)
  checkUrls(link.trackers, isTrackerUrl, 'trackers')
  checkUrls(link.webSeeds, isWebSeedUrl, 'web seeds')
  const topics: string[] = []
  if (link.infoHash !== undefined) topics.push(`urn:btmh:${sha256Prefix}${toHex(link.infoHash)}`)
  if (link.infoHashV1 !== undefined) topics.push(`urn:btih:${toHex(link.infoHashV1)}`)
  if (link.cid !== undefined) topics.push(`urn:ipfs:${canonicalCid(link.cid)}`)
  const parameters: [string, string][] = topics.map(topic => ['xt', topic])
  if (link.name !== undefined) parameters.push(['dn', link.name])
  for (const tracker of link.trackers) parameters.push(['tr', tracker])
  for (const seed of link.webSeeds) parameters.push(['ws', seed])
  for (const peer of link.peers) parameters.push(['x.pe', peer])
  for (const member of link.members ?? []) parameters.push(['x.peerage', member])
  if (link.selectOnly !== undefined) parameters.push(['so', rangesOf(link.selectOnly)])
  return `magnet:?${formatQuery(parameters)}`
}

function checkUrls(urls: readonly string[], isGood: (text: string) => boolean, what: string): void {
  if (!urls.every(isGood) || urls.length > maxUrls)
    throw invalidLink(`A magnet link has at most ${maxUrls} ${what}, each a URL.`)
}

function rangesOf(indices: readonly number[]): string {
  if (indices.length === 0) throw invalidLink('A magnet link cannot select no file at all.')
  const sorted = [...new Set(indices)].sort((a, b) => a - b)
  const ranges: string[] = []
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i]!
    while (sorted[i + 1] === sorted[i]! + 1) i++
    ranges.push(first === sorted[i] ? `${first}` : `${first}-${sorted[i]}`)
  }
  return ranges.join(',')
}
