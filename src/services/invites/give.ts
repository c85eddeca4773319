import {
  checkPetname,
  formatInviteCode,
  type InviteGrant,
  secretOfCode,
  secretOfLink,
} from '../../access/index.ts'
import { PeerageError } from '../../base/index.ts'
import { formatInviteLink, maxLinkPeers } from '../../content/index.ts'
import { parseDuration } from './durations.ts'
import type { Giver } from './giver.ts'
import type { InvitesHost } from './host.ts'
import type { InviteInput, SendInput } from './inputs.ts'
import { ownAddresses } from './own-addresses.ts'
import type { InviteUpdate, SendUpdate } from './updates.ts'
import { type Following, follow, greetNewcomers, waitEverywhere } from './waiting.ts'

/** Makes an invite; waits for whoever takes it when it is spoken or when that is wanted. */
export async function* invite(
  host: InvitesHost,
  giver: Giver,
  input: InviteInput,
  signal: AbortSignal,
): AsyncGenerator<InviteUpdate> {
  const wanted = {
    gives: givenBy(host, input),
    expires: host.access.now() + parseDuration(input.expires),
    ...(input.name !== undefined && { petname: checkPetname(input.name) }),
  }
  const { id, meeting, ...texts } = input.code ? spoken(host, wanted) : linked(host, wanted, input.via)
  const { expires } = wanted
  host.emit({ type: 'invite.made', invite: id, kind: wanted.gives.kind })
  if (!input.code && !input.wait) return yield { phase: 'ready', id, ...texts, expires }
  const waits = new AbortController()
  const following = follow(host, giver, { id, expires }, signal)
  try {
    waitEverywhere(host, giver, meeting, input.via ?? [], waits.signal)
    if (input.code) greetNewcomers(host, waits.signal)
    yield { phase: 'ready', id, ...texts, expires }
    for await (const update of following.updates) {
      if (update.phase === 'taken' || update.phase === 'missed') yield update
      if (update.phase === 'taken') return
      if (update.phase === 'missed' && update.triesLeft === 0) return yield { phase: 'guessed' }
      if (update.phase === 'expired') return yield { phase: 'expired' }
      if (update.phase === 'ended') return yield { phase: 'failed' }
    }
  } finally {
    waits.abort()
    following.end()
    forget(host, id)
  }
}

/** Nobody waits for it any more. */
function forget({ invites, emit }: InvitesHost, id: string): void {
  if (invites.forget(id)) emit({ type: 'invite.ended', invite: id })
}

type Wanted = Parameters<InvitesHost['invites']['byLink']>[0]

function spoken({ invites }: InvitesHost, wanted: Wanted): { id: string; meeting: Uint8Array; code: string } {
  const { invite: made, code } = invites.byCode(wanted)
  return { id: made.id, meeting: secretOfCode(code).meeting, code: formatInviteCode(code) }
}

function linked(
  host: InvitesHost,
  wanted: Wanted,
  via: readonly string[] = [],
): { id: string; meeting: Uint8Array; link: string } {
  const { invite: made, secret } = host.invites.byLink(wanted)
  const peers = [...ownAddresses(host), ...via].slice(0, maxLinkPeers)
  const link = formatInviteLink({ inviter: host.self, secret, peers })
  return { id: made.id, meeting: secretOfLink(secret).meeting, link }
}

function givenBy({ circles, files }: InvitesHost, { circle, role, share }: InviteInput): InviteGrant {
  if (circle !== undefined && share !== undefined)
    throw new PeerageError('usage.invalid', 'An invite is into a circle or to a share, not both.')
  if (circle === undefined && role !== undefined)
    throw new PeerageError('usage.invalid', '--role goes with --circle only.')
  if (share !== undefined) return { kind: 'share', contents: [files.find(share)] }
  if (circle === undefined) return { kind: 'contact' }
  if (circles === undefined) throw new PeerageError('circle.unknown')
  return { kind: 'circle', circle: circles.invitable(circle).id, role: role ?? 'member' }
}

/** Offers files to exactly the one who takes the code, until they are received. */
export async function* send(
  host: InvitesHost,
  giver: Giver,
  input: SendInput,
  signal: AbortSignal,
): AsyncGenerator<SendUpdate> {
  const { invites, files } = host
  const lifeMs = parseDuration(input.expires)
  const made: string[] = []
  const waits = new AbortController()
  let id: string | undefined
  let following: Following | undefined
  try {
    const contents = yield* offerAll(host, input.paths, made, signal)
    const expires = host.access.now() + lifeMs
    const { invite: given, code } = invites.byCode({ gives: { kind: 'files', contents }, expires })
    id = given.id
    host.emit({ type: 'invite.made', invite: id, kind: 'files' })
    following = follow(host, giver, { id, expires, contents }, signal)
    waitEverywhere(host, giver, secretOfCode(code).meeting, input.via ?? [], waits.signal)
    greetNewcomers(host, waits.signal)
    const offers = contents.map(content => files.describe(content))
    yield { phase: 'waiting', id, code: formatInviteCode(code), expires, offers }
    let receiver = ''
    let isFetched = false
    let isLost = false
    for await (const update of following.updates) {
      if (update.phase === 'taken') receiver = update.peer
      if (update.phase === 'fetched') isFetched = true
      if (update.phase === 'missed' && update.triesLeft === 0) return yield { phase: 'guessed' }
      if (update.phase === 'missed' || update.phase === 'taken' || update.phase === 'expired') yield update
      if (update.phase === 'expired') return
      if (update.phase === 'receiving') {
        const { bytes, totalBytes } = update
        yield { phase: 'sending', name: offers.map(({ name }) => name).join(', '), bytes, totalBytes }
      }
      if (update.phase === 'ended' && update.how !== 'lost') return yield { phase: update.how }
      if (update.phase === 'ended') {
        isLost = true
        yield { phase: 'lost' }
      }
      // It was ended and has the rest to fetch: it may come again for it, as long as this goes on.
      if (isLost && isFetched) return yield { phase: 'received' }
      const isWith = (content: string): boolean => files.isWith(content, receiver)
      if (isLost && update.phase === 'overdue' && !contents.some(isWith)) return yield { phase: 'failed' }
    }
  } finally {
    waits.abort()
    following?.end()
    if (id !== undefined) forget(host, id)
    for (const content of made) await files.unshare(content).catch(() => undefined)
  }
}

async function* offerAll(
  { files }: InvitesHost,
  paths: readonly string[],
  made: string[],
  signal: AbortSignal,
): AsyncGenerator<SendUpdate, string[]> {
  const contents: string[] = []
  for (const path of paths) {
    const reading = files.offer(path, signal)
    for (;;) {
      const { done, value } = await reading.next()
      if (done === true) {
        if (value.isNew) made.push(value.infoHash)
        contents.push(value.infoHash)
        break
      }
      const { name, bytes, totalBytes } = value
      yield { phase: 'hashing', name, bytes, totalBytes }
    }
  }
  return [...new Set(contents)]
}
