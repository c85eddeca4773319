import { afterEach, describe, expect, it } from 'vitest'
import { type End, Ends } from '../../../test/peer/invite-ends.ts'
import { InviteExchange, secretOfCode } from '../../access/index.ts'
import { systemWorld } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import { decodeInviteKnock, encodeInviteReply } from '../../wire/index.ts'
import { FrameChannel } from './frame-channel.ts'
import { inviteProtocol } from './protocols.ts'
import { maxProofs, search } from './search.ts'
import type { Given } from './taker.ts'

const ends = new Ends()
afterEach(() => ends.stop())

const code = { number: 7, words: 'crossover-clockwork' }
const secret = secretOfCode(code)

/** Looks among the peers that are connected, as it would on a local network. */
async function look(
  taker: End,
  others: readonly Network[],
  change: Partial<Parameters<typeof search>[0]> = {},
): Promise<Given> {
  for (const other of others) {
    taker.network.rememberAddresses(other.peerId, other.addresses())
    const stream = await taker.network.open(other.addresses(), inviteProtocol)
    await stream.close()
  }
  return search({
    host: taker.host,
    secret,
    introduction: { wants: 'invite', name: 'taker', addresses: [] },
    via: [],
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    ...change,
  })
}

/** Claims to have every invite, and keeps the proofs that it is shown. */
async function liar(): Promise<{ network: Network; proofs: number }> {
  const network = await ends.network()
  const self = { network, proofs: 0 }
  network.handle(inviteProtocol, async stream => {
    const channel = new FrameChannel(systemWorld, stream)
    const { meeting } = decodeInviteKnock(await channel.next())
    const guess = new InviteExchange(
      systemWorld,
      { ...secret, meeting, password: new Uint8Array(3) },
      network.peerId,
    )
    channel.send(encodeInviteReply({ ok: true, share: guess.share, peer: network.peerId }))
    await channel.next()
    self.proofs++
    channel.send(encodeInviteReply({ ok: false }))
  })
  return self
}

/** A giver whose code is always the same. */
async function giverOf(words = code.words): Promise<End> {
  const giver = await ends.start()
  const { invite } = giver.host.invites.byCode({ gives: { kind: 'contact' }, expires: Date.now() + 60_000 })
  const { invites } = giver.host
  invites.find = meeting =>
    Buffer.from(meeting).equals(Buffer.from(secret.meeting))
      ? { id: invite.id, secret: secretOfCode({ ...code, words }) }
      : undefined
  return giver
}

describe('looking for a code', () => {
  it('finds it among others who do not have it', async () => {
    const taker = await ends.start()
    const others = await Promise.all(Array.from({ length: 5 }, () => ends.start()))
    const giver = await giverOf()
    const found = await look(
      taker,
      [...others, giver].map(({ network }) => network),
    )
    expect(found).toMatchObject({ peer: giver.network.peerId, isPassedOn: false })
    await found.frames.channel.close()
  })

  it('says that the words are wrong, soon', async () => {
    const taker = await ends.start()
    const giver = await giverOf('crossover-cobra')
    await expect(look(taker, [giver.network])).rejects.toMatchObject({ code: 'invite.refused' })
    expect(giver.events).toHaveLength(1)
  })

  it(`shows proofs to no more than ${maxProofs} peers, whoever claims to have it`, async () => {
    const taker = await ends.start()
    const liars = await Promise.all(Array.from({ length: 6 }, () => liar()))
    const networks = liars.map(({ network }) => network)
    await expect(look(taker, networks)).rejects.toMatchObject({ code: 'invite.refused' })
    expect(liars.reduce((sum, { proofs }) => sum + proofs, 0)).toBe(maxProofs)
  })

  it('ends when nobody has it, or the user has had enough', async () => {
    const taker = await ends.start()
    const other = await ends.start()
    await expect(look(taker, [other.network], { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'invite.not-found',
    })
    const enough = new AbortController()
    const looking = look(taker, [other.network], { signal: enough.signal })
    const reason = new Error('enough')
    enough.abort(reason)
    await expect(looking).rejects.toBe(reason)
  })
})
