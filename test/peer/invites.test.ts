import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type {
  AcceptUpdate,
  InviteUpdate,
  ReceiveUpdate,
  SendUpdate,
} from '../../src/services/invites/index.ts'
import { codeOf, nextEvent, Peers } from './peers.ts'
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
    await b.invites.answer({ offer: offered.offer, accept: true, into: peers.path('into') })
    const received = await until(receiving, 'received')
    expect(received).toMatchObject({ bytes: 3_000_005, paths: [peers.path('into', 'holiday')] })
    expect(treeOf(peers.path('into', 'holiday'))).toEqual(treeOf(source))
    await until(sending, 'received')
    await sending.next()
    expect((await a.files.list()).length).toBe(0)
    expect(fs.existsSync(source)).toBe(true)
  })
})
