import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type {
  AcceptUpdate,
  InviteUpdate,
  ReceiveUpdate,
  SendUpdate,
} from '../../src/services/invites/index.ts'
import { codeOf, get, nextEvent, Peers, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let a: Peer
let b: Peer
let c: Peer
beforeAll(async () => {
  const start = (name: string): Promise<Peer> =>
    peers.start(name, { 'invites.name': `${name}’s`, 'invites.meetFor': 'everyone' })
  ;[a, b, c] = await Promise.all([start('a'), start('b'), start('c')])
})
afterAll(() => peers.end())

type Updates<Update> = AsyncIterable<Update>

/** Goes on until an update of that phase comes. */
async function until<Update extends { phase: string }, Phase extends Update['phase']>(
  updates: AsyncIterator<Update>,
  phase: Phase,
): Promise<Extract<Update, { phase: Phase }>> {
  for (;;) {
    const { done, value } = await updates.next()
    if (done === true) throw new Error(`it ended before it was ${phase}`)
    if (value.phase === phase) return value as Extract<Update, { phase: Phase }>
  }
}

const iterate = <Update>(updates: Updates<Update>): AsyncIterator<Update> => updates[Symbol.asyncIterator]()

async function last<Update>(updates: Updates<Update>): Promise<Update> {
  let final: Update | undefined
  for await (const update of updates) final = update
  return final!
}

const seconds = (count: number): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(count * 1000) })

async function linkOf(peer: Peer, input: Parameters<Peer['invites']['invite']>[0] = {}): Promise<string> {
  const ready = await until<InviteUpdate, 'ready'>(iterate(peer.invites.invite(input)), 'ready')
  return ready.link!
}

const accept = (peer: Peer, invite: string, name?: string): Promise<AcceptUpdate> =>
  last(peer.invites.accept({ invite: [invite], timeout: 5, ...(name !== undefined && { name }) }))

describe('an invite by link', () => {
  it('makes both contacts, once', async () => {
    const link = await linkOf(a, { name: 'Bob' })
    const taken = nextEvent(a, 'invite.taken')
    expect(await accept(b, link)).toMatchObject({
      phase: 'accepted',
      kind: 'contact',
      peer: a.peerId,
      name: 'a’s',
    })
    expect(await taken).toMatchObject({ peer: b.peerId, name: 'b’s' })
    expect(await codeOf(accept(c, link))).toBe('invite.refused')
    expect(await a.invites.list()).toMatchObject([{ ended: 'used', usedBy: b.peerId }])
  })
})

it('to one share lets its taker fetch that, and not others', async () => {
  const source = makeTree(peers.path('one-share'), { 'x.bin': bytesOf(3, 50_000) })
  const other = makeTree(peers.path('other-share'), { 'y.bin': bytesOf(4, 50_000) })
  const { infoHash } = await share(a, source, { who: [] })
  const { link: otherLink } = await share(a, other, { who: [] })
  const accepted = await accept(b, await linkOf(a, { share: infoHash }))
  expect(accepted).toMatchObject({ kind: 'share', links: [{ name: 'one-share', bytes: 50_000, files: 1 }] })
  const { links = [] } = accepted as AcceptUpdate & { phase: 'accepted' }
  expect(await get(b, links[0]!.link, peers.path('into'))).toMatchObject({ state: 'complete' })
  expect(await codeOf(get(b, otherLink, peers.path('into'), { timeout: 10 }))).toBe('access.denied')
  expect(await codeOf(get(c, links[0]!.link, peers.path('into-c'), { timeout: 10 }))).toBe('access.denied')
})

it('into a circle hands over its roster, so that all who are in it know each other', async () => {
  const family = await a.circles.create({ name: 'family' })
  expect(await accept(b, await linkOf(a, { circle: 'family' }))).toMatchObject({
    kind: 'circle',
    circle: { id: family.id, name: 'family', role: 'member' },
  })
  expect(await accept(c, await linkOf(a, { circle: 'family', role: 'guest' }))).toMatchObject({
    circle: { id: family.id, role: 'guest' },
  })
  const rolesAt = async (peer: Peer): Promise<Record<string, string>> => {
    const { people } = await peer.circles.show({ circle: family.id })
    return Object.fromEntries(people.map(one => [one.peer, one.role]))
  }
  const roles = { [a.peerId]: 'admin', [b.peerId]: 'member', [c.peerId]: 'guest' }
  expect([await rolesAt(a), await rolesAt(c)]).toEqual([roles, roles])
  // Only an admin may invite, and nobody into what is not there.
  expect(await codeOf(linkOf(b, { circle: 'family' }))).toBe('circle.denied')
  expect(await codeOf(linkOf(a, { circle: 'nobody' }))).toBe('circle.unknown')
  expect(await codeOf(linkOf(a, { role: 'admin' }))).toBe('usage.invalid')
})

it('is not mixed up with a link of content', async () => {
  const link = await linkOf(a)
  expect(await codeOf(get(b, link, peers.path('into')))).toBe('link.invalid')
  expect(await codeOf(accept(b, `peerage:${'a'.repeat(52)}`))).toBe('link.invalid')
  expect(await codeOf(accept(a, link))).toBe('usage.invalid')
  expect(await codeOf(accept(b, '7-crossover'))).toBe('invite.code-invalid')
  await expect(get(b, '7-crossover-clockwork', peers.path('into'))).rejects.toThrow(/peerage receive/)
})

it('that was taken back is refused', async () => {
  const link = await linkOf(a)
  const [open] = await a.invites.list()
  await a.invites.cancel({ id: open!.id })
  expect(await codeOf(a.invites.cancel({ id: open!.id }))).toBe('invite.not-found')
  expect(await codeOf(accept(b, link))).toBe('invite.refused')
})

it('that nobody answers for says so', async () => {
  const link = await linkOf(a)
  const [, secret = ''] = /invite\/([^?]+)/.exec(link) ?? []
  const elsewhere = `peerage:invite/${secret}?o=${c.peerId}&p=/memory/nowhere/p2p/${c.peerId}`
  expect(await codeOf(last(b.invites.accept({ invite: [elsewhere], timeout: 1 })))).toMatch(
    /invite.refused|network.unreachable/,
  )
  expect(await codeOf(last(b.invites.accept({ invite: ['7-crossover-clockwork'], timeout: 1 })))).toBe(
    'invite.not-found',
  )
})

describe('files', () => {
  it('go to whoever types the code, and to nobody else', async () => {
    const source = makeTree(peers.path('holiday'), {
      'film.bin': bytesOf(1, 3_000_000),
      'a.txt': bytesOf(2, 5),
    })
    const sending = iterate<SendUpdate>(a.invites.send({ paths: [source], via: [c.addresses()[0]!] }))
    const { code, offers } = await until(sending, 'waiting')
    expect(offers).toEqual([{ name: 'holiday', bytes: 3_000_005, files: 2 }])
    const receiving = iterate<ReceiveUpdate>(
      b.invites.receive({ invite: code.split('-'), via: [c.addresses()[0]!], timeout: 5 }, seconds(10)),
    )
    const offered = await until(receiving, 'offered')
    expect(offered).toMatchObject({ peer: a.peerId, name: 'a’s', offers })
    await b.invites.answer({ offer: offered.offer!, accept: true, into: peers.path('into') })
    const received = await until(receiving, 'received')
    expect(received).toMatchObject({ bytes: 3_000_005, paths: [peers.path('into', 'holiday')] })
    expect(treeOf(peers.path('into', 'holiday'))).toEqual(treeOf(source))
    await until(sending, 'received')
    await sending.next()
    expect((await a.files.list()).some(({ name }) => name === 'holiday')).toBe(false)
    expect(fs.existsSync(source)).toBe(true)
  })

  it('that the receiver declines stay away, and the sender is told', async () => {
    const path = `${makeTree(peers.path('declined'), { 'z.bin': bytesOf(5, 10) })}/z.bin`
    const sending = iterate<SendUpdate>(a.invites.send({ paths: [path], via: [c.addresses()[0]!] }))
    const { code } = await until(sending, 'waiting')
    const accepting = last(b.invites.accept({ invite: [code], via: [c.addresses()[0]!], timeout: 5 }))
    expect(await codeOf(accepting)).toBe('invite.code-invalid')
    const receiving = iterate<ReceiveUpdate>(
      b.invites.receive({ invite: [code], via: [c.addresses()[0]!], timeout: 5 }, seconds(10)),
    )
    const { offer } = await until(receiving, 'offered')
    await b.invites.answer({ offer: offer! })
    await until(receiving, 'declined')
    await until(sending, 'declined')
    await sending.next()
    expect((await b.files.list()).some(({ name }) => name === 'z.bin')).toBe(false)
    expect((await a.files.list()).some(({ name }) => name === 'z.bin')).toBe(false)
  })

  it('that were shared before stay shared as they were', async () => {
    const source = makeTree(peers.path('kept'), { 'k.bin': bytesOf(6, 1000) })
    const before = await share(a, source, { who: ['everyone'] })
    const stop = new AbortController()
    const sending = iterate<SendUpdate>(a.invites.send({ paths: [source] }, { signal: stop.signal }))
    await until(sending, 'waiting')
    stop.abort(new Error('enough'))
    expect(await codeOf(Promise.resolve(sending.next()))).toBe('Error: enough')
    expect(await a.files.show({ content: before.infoHash })).toMatchObject({ who: ['everyone'] })
  })
})
