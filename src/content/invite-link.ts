import { fromBase64url, toBase64url } from '../base/index.ts'
import { invalidLink } from './link-error.ts'
import { formatQuery, parseQuery } from './link-query.ts'
import { maxLinkLength, maxLinkPeers } from './link-type.ts'
import { isEd25519PeerId, isMultiaddr } from './peer-address.ts'

/** An invite as a link: who invites, where to find them, and the proof of having the link. */
export interface InviteLink {
  /** PeerId of who invites. */
  readonly inviter: string
  /** 16 random bytes. Never sent or logged. */
  readonly secret: Uint8Array
  /** Multiaddrs of the inviter, and of peers that may introduce the two (they name another peer). */
  readonly peers: readonly string[]
}

const scheme = 'peerage:invite/'
const secretDigits = 22

/** Whether a text is meant as an invite link, complete or not. */
export function looksLikeInviteLink(text: string): boolean {
  return text.trim().toLowerCase().startsWith(scheme)
}

/** Reads `peerage:invite/SECRET?o=PEERID&p=ADDRESS`. Strict, as every part is needed. Throws `link.invalid` that says what is wrong. */
export function parseInviteLink(text: string): InviteLink {
  const link = text.trim()
  if (link.length > maxLinkLength)
    throw invalidLink(`The invite is longer than ${maxLinkLength} characters; that is not one link.`)
  if (!looksLikeInviteLink(link)) throw invalidLink(`An invite link starts with ${scheme} .`)
  const [secret = '', query = '', ...more] = link.slice(scheme.length).split('?')
  if (more.length > 0) throw invalidLink('The invite has two question marks.')
  const peers: string[] = []
  let inviter: string | undefined
  for (const [name, value] of parseQuery(query)) {
    if (name === 'p') peers.push(value)
    else if (name === 'o' && inviter === undefined) inviter = value
    else if (name === 'o') throw invalidLink('The invite names two inviters.')
  }
  return checked({ inviter: inviter ?? '', secret: secretOf(secret), peers })
}

/** The text of an invite; `parseInviteLink` gives back the same. Throws `link.invalid`. */
export function formatInviteLink(link: InviteLink): string {
  const { inviter, secret, peers } = checked(link)
  const text = `${scheme}${toBase64url(secret)}?${formatQuery([
    ['o', inviter],
    ...peers.map((peer): [string, string] => ['p', peer]),
  ])}`
  if (text.length > maxLinkLength)
    throw invalidLink(`The invite would be longer than ${maxLinkLength} characters.`)
  return text
}

function checked(link: InviteLink): InviteLink {
  if (!isEd25519PeerId(link.inviter))
    throw invalidLink('The invite does not say who invites; was it cut off? Copy all of it.')
  if (link.secret.length !== 16) throw invalidLink('The secret of an invite has 16 bytes.')
  if (link.peers.length > maxLinkPeers)
    throw invalidLink(`The invite has more than ${maxLinkPeers} addresses.`)
  if (!link.peers.every(isMultiaddr))
    throw invalidLink('An address in the invite is not complete; was it cut off? Copy all of it.')
  return link
}

function secretOf(text: string): Uint8Array {
  const secret = text.length === secretDigits ? fromBase64url(text) : undefined
  if (secret === undefined || toBase64url(secret) !== text)
    throw invalidLink('The secret in the invite was cut off, changed or mistyped; copy all of it.')
  return secret
}
