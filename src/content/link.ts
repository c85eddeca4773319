import { looksLikeInviteLink } from './invite-link.ts'
import { formatIpfsLink, looksLikeIpfs, parseIpfsLink } from './ipfs-link.ts'
import { invalidLink } from './link-error.ts'
import { type Link, maxLinkLength } from './link-type.ts'
import { formatMagnet, parseMagnet } from './magnet.ts'
import { formatPeerageLink, parsePeerageLink } from './peerage-link.ts'

/** Reads a `magnet:` or `peerage:` link, or a place in IPFS (see `parseIpfsLink`). Throws `link.invalid` that says what is wrong. */
export function parseLink(text: string): Link {
  const link = text.trim()
  if (link.length > maxLinkLength)
    throw invalidLink(`The link is longer than ${maxLinkLength} characters; that is not one link.`)
  if (looksLikeInviteLink(link)) throw invalidLink('This is an invite: `peerage accept` takes it.')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase()
  const rest = link.slice((scheme?.length ?? 0) + 1)
  if (scheme === 'magnet') return parseMagnet(rest)
  if (scheme === 'peerage') return parsePeerageLink(rest)
  if (looksLikeIpfs(link)) return parseIpfsLink(link)
  throw invalidLink('A link starts with magnet:, peerage:, ipfs:// or ipns:// .')
}

const formatters: Readonly<Record<Link['kind'], (link: Link) => string>> = {
  magnet: formatMagnet,
  peerage: formatPeerageLink,
  ipfs: formatIpfsLink,
  ipns: formatIpfsLink,
}

/**
 * The text of a link; `parseLink` gives back the same. Throws `link.invalid` when it lacks a hash, would get too long, or
 * has parts that its kind cannot carry.
 */
export function formatLink(link: Link): string {
  const text = formatters[link.kind](link)
  if (text.length > maxLinkLength)
    throw invalidLink(`The link would be longer than ${maxLinkLength} characters.`)
  return text
}
