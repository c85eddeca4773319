import { afterEach, describe, expect, it } from 'vitest'
import { channelTo, type End, Ends } from '../../../test/peer/invite-ends.ts'
import { InviteExchange, type InviteSecret, secretOfCode, secretOfLink } from '../../access/index.ts'
import { concat, systemWorld, toHex, utf8, VirtualWorld } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import {
  decodeInviteReply,
  decodeInviteVerdict,
  encodeInviteIntroduction,
  encodeInviteKnock,
  encodeInviteProof,
  encodeInviteReply,
} from '../../wire/index.ts'
import type { FrameChannel } from './frame-channel.ts'
import { type Tried, takeFrom } from './taker.ts'

const ends = new Ends()
afterEach(() => ends.stop())

const dayMs = 86_400_000
const contact = { kind: 'contact' } as const
const introduction = { wants: 'invite', name: 'taker', addresses: [] } as const
const wrong = (secret: InviteSecret): InviteSecret => ({ ...secret, password: utf8('wrong-words') })

function linkOf({ host }: End): { id: string; secret: InviteSecret } {
  const { invite, secret } = host.invites.byLink({ gives: contact, expires: host.world.wallTime() + dayMs })
  return { id: invite.id, secret: secretOfLink(secret) }
}

function codeOf({ host }: End): { id: string; secret: InviteSecret } {
  const { invite, code } = host.invites.byCode({ gives: contact, expires: host.world.wallTime() + dayMs })
  return { id: invite.id, secret: secretOfCode(code) }
}

const optionsOf = (from: Network, to: Network, secret: InviteSecret): Parameters<typeof takeFrom>[1] => ({
  world: systemWorld,
  self: from.peerId,
  secret,
  introduction,
  expected: to.peerId,
  isPassedOn: false,
  mayProve: () => true,
})

async function take(from: Network, { network }: End, secret: InviteSecret): Promise<Tried['outcome']> {
  const channel = await channelTo(from, network)
  const { outcome } = await takeFrom(channel, optionsOf(from, network, secret))
  await channel.close()
  return outcome
}

describe('an invite', () => {
  it('makes contacts of both, with the addresses that were told', async () => {
    const giver = await ends.start()
    const { id, secret } = linkOf(giver)
    const taker = await ends.network()
    const channel = await channelTo(taker, giver.network)
    const tried = await takeFrom(channel, optionsOf(taker, giver.network, secret))
    expect(tried).toMatchObject({
      outcome: 'given',
      given: { peer: giver.network.peerId, gift: { kind: 'contact', name: 'giver' } },
    })
    expect(giver.contacts.get(taker.peerId)?.name).toBe('taker')
    expect(giver.events).toMatchObject([{ type: 'invite.taken', invite: id, peer: taker.peerId }])
  })

  it('is taken by exactly one of many who come at the same moment', async () => {
    const giver = await ends.start()
    for (const { secret } of [linkOf(giver), codeOf(giver)]) {
      const takers = await Promise.all(Array.from({ length: 6 }, () => ends.network()))
      const outcomes = await Promise.all(takers.map(taker => take(taker, giver, secret)))
      expect(outcomes.filter(outcome => outcome === 'given')).toHaveLength(1)
      expect(await take(takers[0]!, giver, secret)).toBe('absent')
    }
    expect(giver.contacts.size).toBe(2)
  })

  it('is not given when it cannot be written that it was used', async () => {
    const giver = await ends.start()
    const { id, secret } = linkOf(giver)
    const taken = giver.host.invites.take.bind(giver.host.invites)
    giver.host.invites.take = () => {
      throw new Error('the disk is full')
    }
    const taker = await ends.network()
    await expect(take(taker, giver, secret)).rejects.toThrow()
    expect(giver.contacts.size).toBe(0)
    giver.host.invites.take = taken
    expect(giver.host.invites.isOpen(id)).toBe(true)
    expect(await take(taker, giver, secret)).toBe('given')
  })

  it('for something else stays as it is', async () => {
    const giver = await ends.start()
    const { id, secret } = codeOf(giver)
    const taker = await ends.network()
    const channel = await channelTo(taker, giver.network)
    const options = {
      ...optionsOf(taker, giver.network, secret),
      introduction: { ...introduction, wants: 'files' } as const,
    }
    expect((await takeFrom(channel, options)).outcome).toBe('mixed-up')
    expect(giver.host.invites.isOpen(id)).toBe(true)
    expect(await take(taker, giver, secret)).toBe('given')
  })
})

describe('a guesser', () => {
  it('has three tries, together with all others, and the user is told of each', async () => {
    const giver = await ends.start()
    const { id, secret } = codeOf(giver)
    const guessers = await Promise.all(Array.from({ length: 3 }, () => ends.network()))
    for (const guesser of guessers) expect(await take(guesser, giver, wrong(secret))).toBe('refused')
    expect(giver.events).toEqual(
      guessers.map(({ peerId }, i) => ({
        type: 'invite.missed',
        invite: id,
        peer: peerId,
        triesLeft: 2 - i,
      })),
    )
    expect(await take(await ends.network(), giver, secret)).toBe('absent')
    expect(giver.host.invites.get(id)?.ended).toBe('guessed')
  })

  it('has no more of them by beginning many at once', async () => {
    const giver = await ends.start()
    const { id, secret } = codeOf(giver)
    const guessers = await Promise.all(Array.from({ length: 8 }, () => ends.network()))
    let ready = 0
    const all = Promise.withResolvers<void>()
    const outcomes = await Promise.all(
      guessers.map(async (guesser, i) => {
        const channel = await channelTo(guesser, giver.network)
        // The last one knows the code, and proves it after the others.
        const run = await knock(channel, guesser, i === 7 ? secret : wrong(secret))
        if (++ready === 8) all.resolve()
        await all.promise
        if (i === 7) await expect.poll(() => giver.host.invites.isOpen(id)).toBe(false)
        return prove(channel, run)
      }),
    )
    expect(outcomes).toEqual(Array(8).fill(false))
    expect(giver.events).toHaveLength(3)
    expect(giver.contacts.size).toBe(0)
  })

  it('is not heard any more after too many refusals, even with the right words', async () => {
    const giver = await ends.start({ refusalsPerMinute: 4 })
    const guesser = await ends.network()
    const { secret } = codeOf(giver)
    const unknown = { ...secret, meeting: utf8('9999') }
    for (let i = 0; i < 4; i++) expect(await take(guesser, giver, unknown)).toBe('absent')
    expect(await take(guesser, giver, secret)).toBe('absent')
    expect(await take(await ends.network(), giver, secret)).toBe('given')
  })

  it('cannot keep this peer computing: all together may knock so often', async () => {
    const giver = await ends.start({ knocksPerMinute: 3 })
    const { secret } = codeOf(giver)
    const unknown = { ...secret, meeting: utf8('9999') }
    for (let i = 0; i < 3; i++) expect(await take(await ends.network(), giver, unknown)).toBe('absent')
    expect(await take(await ends.network(), giver, secret)).toBe('absent')
  })
})

interface Run {
  readonly reply: Uint8Array
  readonly key: NonNullable<ReturnType<InviteExchange['initiate']>>
}

async function knock(channel: FrameChannel, from: Network, secret: InviteSecret): Promise<Run> {
  const exchange = new InviteExchange(systemWorld, secret, from.peerId)
  channel.send(encodeInviteKnock({ meeting: secret.meeting, share: exchange.share, peer: from.peerId }))
  const reply = await channel.next()
  const decoded = decodeInviteReply(reply)
  if (!decoded.ok) throw new Error('it was refused at once')
  return { reply, key: exchange.initiate(decoded)! }
}

async function prove(channel: FrameChannel, { key }: Run): Promise<boolean> {
  channel.send(
    encodeInviteProof({ tag: key.tag, sealed: key.sealed.seal(encodeInviteIntroduction(introduction)) }),
  )
  return decodeInviteVerdict(await channel.next()).ok
}

describe('refusals', () => {
  it('are the same bytes for a wrong, used, expired, withdrawn and unknown invite', async () => {
    const world = new VirtualWorld(1)
    const giver = await ends.start({}, world)
    const { invites } = giver.host
    const used = linkOf(giver)
    invites.take(used.id, 'somebody')
    const withdrawn = linkOf(giver)
    invites.withdraw(withdrawn.id)
    const expired = linkOf(giver)
    world.advance(2 * dayMs)
    const open = codeOf(giver)
    const taker = await ends.network()
    const seen = new Set<string>()
    for (const { secret } of [
      used,
      withdrawn,
      expired,
      { secret: { ...open.secret, meeting: utf8('4321') } },
    ]) {
      const channel = await channelTo(taker, giver.network)
      channel.send(
        encodeInviteKnock({
          meeting: secret.meeting,
          share: new InviteExchange(systemWorld, secret, taker.peerId).share,
          peer: taker.peerId,
        }),
      )
      seen.add(toHex(await channel.next()))
    }
    const channel = await channelTo(taker, giver.network)
    const run = await knock(channel, taker, wrong(open.secret))
    channel.send(encodeInviteProof({ tag: run.key.tag, sealed: run.key.sealed.seal(utf8('de')) }))
    seen.add(toHex(await channel.next()))
    expect([...seen]).toEqual([toHex(encodeInviteReply({ ok: false }).subarray(2))])
  })
})

describe('whoever stands in the middle', () => {
  it('gets nothing by passing on the messages of another under its own name', async () => {
    const giver = await ends.start()
    const { secret } = codeOf(giver)
    const [alice, mallory] = [await ends.network(), await ends.network()]
    const honest = new InviteExchange(systemWorld, secret, alice.peerId)
    const channel = await channelTo(mallory, giver.network)
    channel.send(encodeInviteKnock({ meeting: secret.meeting, share: honest.share, peer: mallory.peerId }))
    const reply = decodeInviteReply(await channel.next())
    if (!reply.ok) throw new Error('refused')
    // Alice sees Mallory at the other end of her stream.
    const key = honest.initiate({ share: reply.share, peer: mallory.peerId })!
    const sealed = key.sealed.seal(encodeInviteIntroduction(introduction))
    channel.send(encodeInviteProof({ tag: key.tag, sealed }))
    expect(decodeInviteVerdict(await channel.next()).ok).toBe(false)
    expect(giver.contacts.size).toBe(0)
    expect(giver.events).toMatchObject([{ type: 'invite.missed', triesLeft: 2 }])
  })

  it('cannot speak as another on a stream of its own', async () => {
    const giver = await ends.start()
    const { secret } = codeOf(giver)
    const [alice, mallory] = [await ends.network(), await ends.network()]
    for (const peer of [alice.peerId, giver.network.peerId, 'nobody']) {
      const channel = await channelTo(mallory, giver.network)
      const { share } = new InviteExchange(systemWorld, secret, peer)
      channel.send(encodeInviteKnock({ meeting: secret.meeting, share, peer }))
      expect(decodeInviteReply(await channel.next()).ok).toBe(false)
    }
  })

  it('gets nothing by saying again what it heard', async () => {
    const giver = await ends.start()
    const { secret } = codeOf(giver)
    const alice = await ends.network()
    const heard: Uint8Array[] = []
    const first = await channelTo(alice, giver.network)
    const send = first.send.bind(first)
    first.send = frame => {
      heard.push(frame.slice())
      send(frame)
    }
    const run = await knock(first, alice, secret)
    // The proof is heard and does not arrive.
    heard.push(
      encodeInviteProof({
        tag: run.key.tag,
        sealed: run.key.sealed.seal(encodeInviteIntroduction(introduction)),
      }),
    )
    first.abort('cut off')
    const again = await channelTo(alice, giver.network)
    for (const frame of heard) again.send(frame)
    expect(decodeInviteReply(await again.next()).ok).toBe(true)
    expect(decodeInviteVerdict(await again.next()).ok).toBe(false)
    expect(giver.contacts.size).toBe(0)
  })
})

it('bears whatever bytes come, and goes on', async () => {
  const giver = await ends.start()
  const { secret } = codeOf(giver)
  const share = new InviteExchange(systemWorld, secret, 'x').share
  const attacker = await ends.network()
  const { peerId: peer } = attacker
  const { meeting } = secret
  const garbage: Uint8Array[] = [
    Uint8Array.of(0, 0),
    Uint8Array.of(255, 255, 1),
    Uint8Array.of(0, 3, 1, 2, 3),
    encodeInviteKnock({ meeting, share: new Uint8Array(32), peer }),
    encodeInviteKnock({ meeting, share: new Uint8Array(32).fill(255), peer }),
    concat([encodeInviteKnock({ meeting, share, peer }), Uint8Array.of(0, 2, 100, 101)]),
    concat([encodeInviteKnock({ meeting, share, peer }), crypto.getRandomValues(new Uint8Array(60_000))]),
  ]
  for (const bytes of garbage) {
    const channel = await channelTo(attacker, giver.network)
    channel.send(bytes)
    await channel.stream.closeWrite()
    await expect(
      (async () => {
        for (;;) await channel.next()
      })(),
    ).rejects.toThrow()
  }
  expect(await take(await ends.network(), giver, secret)).toBe('given')
})
