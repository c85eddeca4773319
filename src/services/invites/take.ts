import {
  checkPetname,
  fingerprintOf,
  type InviteSecret,
  looksLikeInviteCode,
  parseInviteCode,
  type Role,
  secretOfCode,
  secretOfLink,
} from '../../access/index.ts'
import { PeerageError, toHex } from '../../base/index.ts'
import { looksLikeInviteLink, parseInviteLink } from '../../content/index.ts'
import {
  encodeInviteReport,
  type InviteGift,
  type InviteIntroduction,
  type InviteOffer,
  type InviteReport,
  unpackStatements,
} from '../../wire/index.ts'
import type { Answers } from './answers.ts'
import type { InvitesHost } from './host.ts'
import type { AcceptInput, ReceiveInput } from './inputs.ts'
import { ownAddresses } from './own-addresses.ts'
import { inviteProtocol } from './protocols.ts'
import { type SearchOptions, search } from './search.ts'
import type { Given } from './taker.ts'
import type { AcceptUpdate, ReceiveUpdate } from './updates.ts'

const reportMs = 500

/** Takes an invite to be a contact, to a circle or to a share. */
export async function* accept(
  host: InvitesHost,
  input: AcceptInput,
  signal: AbortSignal,
): AsyncGenerator<AcceptUpdate> {
  if (input.name !== undefined) checkPetname(input.name)
  yield { phase: 'finding' }
  const found = await find(host, 'invite', input, signal)
  const { peer, gift, frames } = found
  try {
    if (gift.kind === 'files' || gift.kind === 'mixed-up') throw unexpected()
    const { addresses } = gift
    const name = host.befriend({ peer, suggested: gift.name, petname: input.name, addresses })
    host.network?.rememberAddresses(peer, addresses)
    const common = { phase: 'accepted', kind: gift.kind, peer, name } as const
    if (gift.kind === 'circle') yield { ...common, circle: await join(host, found, gift) }
    else if (gift.kind === 'share') yield { ...common, links: gift.offers }
    else yield common
  } finally {
    await frames.channel.close()
  }
}

async function join(
  { circles }: InvitesHost,
  { frames, peer }: Given,
  gift: InviteGift & { kind: 'circle' },
): Promise<{ id: string; name: string; role: Role }> {
  const statements: Uint8Array[] = []
  for (let i = 0; i < gift.frames; i++) statements.push(...unpackStatements(await frames.next()))
  if (circles === undefined) throw new PeerageError('circle.unknown')
  const { id, name } = await circles.join(toHex(gift.circle), statements, peer)
  return { id, name, role: gift.role as Role }
}

/** Takes files, after the user has seen what they are and who sends them. */
export async function* receive(
  host: InvitesHost,
  answers: Answers,
  input: ReceiveInput,
  signal: AbortSignal,
): AsyncGenerator<ReceiveUpdate> {
  yield { phase: 'finding' }
  const given = await find(host, 'files', input, signal)
  const { peer, gift, isPassedOn } = given
  let ended: InviteReport['ended'] = 'failed'
  let paths: string[] = []
  let bytes = 0
  let asked: ReturnType<Answers['ask']> | undefined
  try {
    if (gift.kind !== 'files') throw unexpected()
    const offers = gift.offers.map(({ link: _, ...offer }) => offer)
    bytes = offers.reduce((sum, offer) => sum + offer.bytes, 0)
    if (!input.yes) asked = answers.ask()
    yield {
      phase: 'offered',
      offer: asked?.id,
      peer,
      name: gift.name,
      contact: host.nameOf(peer),
      fingerprint: fingerprintOf(peer),
      offers,
      isPassedOn,
    }
    const { accept, into = input.into } = (await asked?.answer(signal)) ?? { accept: true }
    if (accept) paths = yield* fetchAll(host, given, gift.offers, into, signal)
    ended = accept ? 'received' : 'declined'
  } finally {
    asked?.end()
    await finish(given, { bytes, totalBytes: bytes, ended })
  }
  yield ended === 'received' ? { phase: ended, paths, bytes } : { phase: 'declined' }
}

/** The last word to the sender. */
async function finish({ frames }: Given, report: InviteReport): Promise<void> {
  frames.send(encodeInviteReport(report))
  await frames.channel.close()
}

async function* fetchAll(
  host: InvitesHost,
  given: Given,
  offers: readonly InviteOffer[],
  into: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ReceiveUpdate, string[]> {
  const { peer, gift, isPassedOn } = given
  host.network?.rememberAddresses(peer, gift.addresses)
  if (isPassedOn) await reach(host, given, signal)
  const report = reporter(
    host,
    given,
    offers.reduce((sum, offer) => sum + offer.bytes, 0),
  )
  const paths: string[] = []
  let before = 0
  for (const offer of offers) {
    const path = yield* fetchOne(host, offer, into, signal, bytes => report(before + bytes))
    if (path !== undefined) paths.push(path)
    before += offer.bytes
  }
  return paths
}

async function* fetchOne(
  { files }: InvitesHost,
  { link }: InviteOffer,
  into: string | undefined,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): AsyncGenerator<ReceiveUpdate, string | undefined> {
  let path: string | undefined
  for await (const { state: _, ...progress } of files.fetch(link, into, signal)) {
    path = progress.path ?? path
    onProgress(progress.bytes)
    yield { phase: 'fetching', ...progress }
  }
  return path
}

/** Tells the sender how far it is, now and then. */
function reporter({ world }: InvitesHost, { frames }: Given, totalBytes: number): (bytes: number) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return bytes => {
    if (world.now() - toldAt < reportMs) return
    toldAt = world.now()
    frames.send(encodeInviteReport({ bytes, totalBytes, ended: 'no' }))
  }
}

/** Files do not go through meeting points: the sender must be reached, through a relay if it has to be. */
async function reach({ network }: InvitesHost, { peer }: Given, signal: AbortSignal): Promise<void> {
  try {
    const stream = await network!.open(peer, inviteProtocol, { signal })
    await stream.close()
  } catch (cause) {
    signal.throwIfAborted()
    throw new PeerageError(
      'network.unreachable',
      'The sender was met through another peer, but cannot be reached, and no relay that both may use passes files on.',
      { cause },
    )
  }
}

async function find(
  host: InvitesHost,
  wants: InviteIntroduction['wants'],
  { invite, via = [], timeout }: Pick<AcceptInput, 'invite' | 'via' | 'timeout'>,
  signal: AbortSignal,
): Promise<Given> {
  const { secret, ...where } = whereFrom(host, invite.join(' '))
  const introduction = { wants, name: host.ownName, addresses: ownAddresses(host) }
  return search({
    host,
    secret,
    introduction,
    ...where,
    via: [...via, ...where.via],
    timeoutMs: timeout * 1000,
    signal,
  })
}

/** What a code or a link says: the secret, and where to look. Throws `invite.code-invalid`, `link.invalid`, `usage.invalid`. */
function whereFrom(
  { self }: InvitesHost,
  text: string,
): Pick<SearchOptions, 'inviter' | 'via'> & { secret: InviteSecret } {
  if (!looksLikeInviteLink(text)) {
    if (!looksLikeInviteCode(text) && /^\s*(peerage|magnet):/i.test(text))
      throw new PeerageError('link.invalid', 'This link names content: `peerage get` takes it.')
    return { secret: secretOfCode(parseInviteCode(text)), via: [] }
  }
  const { inviter, secret, peers } = parseInviteLink(text)
  if (inviter === self)
    throw new PeerageError('usage.invalid', 'This is your own invite; give it to somebody else.')
  const isTheirs = (address: string): boolean =>
    address.endsWith(`/p2p/${inviter}`) || !address.includes('/p2p/')
  return {
    secret: secretOfLink(secret),
    inviter: { peer: inviter, addresses: peers.filter(isTheirs) },
    via: peers.filter(address => !isTheirs(address)),
  }
}

function unexpected(): PeerageError {
  return new PeerageError('peer.protocol', 'The other side gave something else than was asked for.')
}
