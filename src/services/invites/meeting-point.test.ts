import { afterEach, expect, it } from 'vitest'
import { channelTo, Ends } from '../../../test/peer/invite-ends.ts'
import { type InviteSecret, secretOfCode } from '../../access/index.ts'
import { systemWorld, utf8 } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import { encodeMeetRequest, inviteLimits } from '../../wire/index.ts'
import { invitesConfig } from './config.ts'
import type { FrameChannel } from './frame-channel.ts'
import { seekAt, waitAt } from './meeting-calls.ts'
import { MeetingPoint, type MeetingPointParts } from './meeting-point.ts'
import { meetProtocol } from './protocols.ts'
import { takeFrom } from './taker.ts'

const ends = new Ends()
const never = new AbortController().signal
const stops: AbortController[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort(new Error('over'))
  await ends.stop()
})

interface Point {
  readonly network: Network
  readonly point: MeetingPoint
  /** All bytes that went through. */
  readonly seen: Uint8Array[]
}

async function startPoint(
  set: Partial<MeetingPointParts['config']> = {},
  mayUse: MeetingPointParts['mayUse'] = () => true,
): Promise<Point> {
  const network = await ends.network()
  const point = new MeetingPoint({
    world: systemWorld,
    config: { ...invitesConfig.parse({}), ...set },
    mayUse,
  })
  const seen: Uint8Array[] = []
  network.handle(meetProtocol, stream => {
    const onData = stream.onData.bind(stream)
    stream.onData = callback =>
      onData(chunk => {
        seen.push(chunk.slice())
        callback(chunk)
      })
    return point.receive(stream)
  })
  return { network, point, seen }
}

/** Waits at the point, and gives the channels that come. */
function wait(from: Network, { network }: Point, meeting: Uint8Array): FrameChannel[] {
  const met: FrameChannel[] = []
  const stop = new AbortController()
  stops.push(stop)
  void waitAt(
    { network: from, world: systemWorld },
    network.addresses(),
    meeting,
    channel => met.push(channel),
    stop.signal,
  )
  return met
}

const seek = (from: Network, { network }: Point, meeting: Uint8Array): Promise<FrameChannel | undefined> =>
  seekAt({ network: from, world: systemWorld }, network.addresses(), meeting, never)

const seven = utf8('7')

it('passes an invite on between two who cannot reach each other, and learns only its number', async () => {
  const giver = await ends.start()
  const taker = await ends.network()
  const point = await startPoint()
  const { code } = giver.host.invites.byCode({ gives: { kind: 'contact' }, expires: Date.now() + 60_000 })
  const secret = secretOfCode(code)
  const stop = new AbortController()
  stops.push(stop)
  void waitAt(
    { network: giver.network, world: systemWorld },
    point.network.addresses(),
    secret.meeting,
    channel => void giver.giver.answer(channel, { peer: channel.stream.peer, isPassedOn: true }),
    stop.signal,
  )
  await expect.poll(() => point.point.waiting).toBe(1)
  const channel = await seek(taker, point, secret.meeting)
  const take = (channel: FrameChannel, secret: InviteSecret): ReturnType<typeof takeFrom> =>
    takeFrom(channel, {
      world: systemWorld,
      self: taker.peerId,
      secret,
      introduction: { wants: 'invite', name: 'Tatjana', addresses: [] },
      isPassedOn: true,
      mayProve: () => true,
    })
  const tried = await take(channel!, secret)
  expect(tried).toMatchObject({
    outcome: 'given',
    given: { peer: giver.network.peerId, gift: { name: 'giver' } },
  })
  expect(giver.contacts.get(taker.peerId)?.name).toBe('Tatjana')
  const text = Buffer.concat(point.seen).toString('latin1')
  for (const word of [...code.words.split('-'), 'Tatjana', 'giver']) expect(text).not.toContain(word)
  // The giver waits again at once, for whoever comes next.
  await expect.poll(() => point.point.waiting).toBe(1)
})

it('says no when nobody waits, to whoever waits itself, and to those that it is not for', async () => {
  const point = await startPoint()
  const [a, b] = [await ends.network(), await ends.network()]
  expect(await seek(a, point, seven)).toBeUndefined()
  wait(a, point, seven)
  await expect.poll(() => point.point.waiting).toBe(1)
  expect(await seek(a, point, seven)).toBeUndefined()
  expect(await seek(b, point, utf8('8'))).toBeUndefined()
  expect(await seek(b, point, seven)).toBeDefined()
  const closed = await startPoint({}, () => false)
  wait(a, closed, seven)
  expect(await seek(b, closed, seven)).toBeUndefined()
  expect(closed.point.waiting).toBe(0)
})

it('keeps no more than it may, of each and of all', async () => {
  const point = await startPoint({ maxWaiting: 3, maxWaitingPerPeer: 2 })
  const [a, b] = [await ends.network(), await ends.network()]
  const ask = async (from: Network): Promise<boolean> => {
    const channel = await channelTo(from, point.network, meetProtocol)
    channel.send(encodeMeetRequest({ wants: 'wait', meeting: seven }))
    return Buffer.from(await channel.next())
      .toString()
      .includes('i1e')
  }
  expect([await ask(a), await ask(a), await ask(a)]).toEqual([true, true, false])
  expect([await ask(b), await ask(b)]).toEqual([true, false])
  await a.stop()
  await expect.poll(() => point.point.waiting).toBe(1)
})

it('ends a meeting that says too much, and has no more of them than it may', async () => {
  const point = await startPoint({ meetingBytes: 100_000, maxMeetings: 1 })
  const [a, b, c] = [await ends.network(), await ends.network(), await ends.network()]
  const met = wait(a, point, seven)
  wait(c, point, utf8('8'))
  await expect.poll(() => point.point.waiting).toBe(2)
  const channel = (await seek(b, point, seven))!
  expect(await seek(b, point, utf8('8'))).toBeUndefined()
  channel.send(new Uint8Array(60_000))
  await expect.poll(() => met.length).toBe(1)
  channel.send(new Uint8Array(60_000))
  await expect(channel.next(inviteLimits.frameBytes)).rejects.toThrow()
  await expect.poll(() => seek(b, point, utf8('8'))).toBeDefined()
})
