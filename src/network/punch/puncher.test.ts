import { describe, expect, it } from 'vitest'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import { encodeDcutr } from '../../wire/index.ts'
import type { Endpoint } from '../datagrams.ts'
import type { NatKind } from '../nat/index.ts'
import type { PeerStream } from '../peer-stream.ts'
import { connectOf, type Place } from './messages.ts'
import { type Greeting, maxReports, Puncher } from './puncher.ts'
import '../transports/index.ts'

const latencyMs = 40

/** As much of a stream as two peers need that talk in virtual time. */
class Line {
  readonly peer: string
  readonly #world: VirtualWorld
  other!: Line
  #onData: (chunk: Uint8Array) => void = () => undefined
  #onClose: ((error?: Error) => void)[] = []

  constructor(world: VirtualWorld, peer: string) {
    this.#world = world
    this.peer = peer
  }

  /** The end at `a`, and the one at `b`. */
  static pair(world: VirtualWorld, a: string, b: string): [PeerStream, PeerStream] {
    const [toB, toA] = [new Line(world, b), new Line(world, a)]
    toB.other = toA
    toA.other = toB
    return [toB as unknown as PeerStream, toA as unknown as PeerStream]
  }

  send(bytes: Uint8Array): boolean {
    this.#world.after(latencyMs, () => this.other.#onData(bytes))
    return true
  }
  onData(callback: (chunk: Uint8Array) => void): void {
    this.#onData = callback
  }
  onEnd(): void {}
  onClose(callback: (error?: Error) => void): void {
    this.#onClose.push(callback)
  }
  async close(): Promise<void> {}
  abort(reason: Error): void {
    for (const callback of this.#onClose) callback(reason)
  }
}

interface End {
  readonly puncher: Puncher
  readonly greeted: (Greeting & { readonly at: number })[]
  readonly dialled: string[]
}

const at = (address: string): Endpoint => ({ address, port: 4001 })
const placeAt = (address: string, nat: NatKind, dialable: string[] = []): Place => ({
  side: {
    nat,
    step: undefined,
    outside: nat === 'blocked' ? [] : [at(address)],
    inside: [at('192.168.1.2')],
  },
  dialable,
})

/** `a` connected to `b` through a relay. `meets` says in which of the attempts packets come through. */
function connected(a: Place, b: Place, meets: (attempt: number) => boolean, takesDial = false) {
  const world = new VirtualWorld(1)
  const state = { direct: false, relayed: true, streams: 0 }
  const ends = new Map<string, End>()
  const make = (own: string, other: string, place: Place): End => {
    const greeted: End['greeted'] = []
    const dialled: string[] = []
    const puncher = new Puncher({
      world,
      place: () => place,
      refresh: async () => undefined,
      isRelayed: () => state.relayed,
      isDirect: () => state.direct,
      async open() {
        const [mine, theirs] = Line.pair(world, own, other)
        state.streams++
        void ends.get(other)!.puncher.answer(theirs)
        return mine
      },
      async dial(_peer, addresses) {
        dialled.push(...addresses)
        if (!takesDial) throw new PeerageError('network.unreachable')
        stands()
      },
      greet(greeting) {
        greeted.push({ ...greeting, at: world.now() })
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        greeting.signal.addEventListener('abort', () => reject(greeting.signal.reason), { once: true })
        if (meets(greeted.length))
          world.after(50, () => {
            resolve()
            stands()
          })
        return promise
      },
      widen: () => undefined,
    })
    const end = { puncher, greeted, dialled }
    ends.set(own, end)
    return end
  }
  const stands = (): void => {
    state.direct = true
    for (const [own, { puncher }] of ends) puncher.settled(own === 'a' ? 'b' : 'a', true)
  }
  const [atA, atB] = [make('a', 'b', a), make('b', 'a', b)]
  atA.puncher.relayed('b', 'outbound')
  atB.puncher.relayed('a', 'inbound')
  return { world, state, a: atA, b: atB }
}

async function pass(world: VirtualWorld, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    world.advance(Math.min(left, 10))
    for (let turn = 0; turn < 12; turn++) await Promise.resolve()
  }
}

const easyA = placeAt('1.1.1.1', 'easy')
const easyB = placeAt('2.2.2.2', 'easy')

describe('two peers that are connected through a relay', () => {
  it('send at the same moment, to where the other is, with one token; one asks', async () => {
    const { world, a, b } = connected(easyA, easyB, () => true)
    await pass(world, 1_000)
    expect([a.greeted.length, b.greeted.length]).toEqual([1, 1])
    const [fromA, fromB] = [a.greeted[0]!, b.greeted[0]!]
    expect(fromA).toMatchObject({ peer: 'b', asks: true, endpoints: [at('2.2.2.2')] })
    expect(fromB).toMatchObject({ peer: 'a', asks: false, endpoints: [at('1.1.1.1')] })
    expect(fromA.token).toEqual(fromB.token)
    expect(Math.abs(fromA.at - fromB.at)).toBeLessThan(25)
    expect(a.puncher.report('b')).toMatchObject({ outcome: 'direct', attempts: 1, tried: ['2.2.2.2:4001'] })
    expect(b.puncher.report('a')).toMatchObject({ outcome: 'direct', ours: 'easy', theirs: 'easy' })
  })

  it('try three times, with tokens of their own, then later again and less often', async () => {
    const { world, state, b } = connected(easyA, easyB, () => false)
    await pass(world, 10_000)
    expect(b.greeted.length).toBe(3)
    expect(new Set(b.greeted.map(({ token }) => token.join())).size).toBe(3)
    expect(b.puncher.report('a')).toMatchObject({
      outcome: 'failed',
      attempts: 3,
      reason: 'no packet came through',
    })
    await pass(world, 45_000)
    expect(b.greeted.length).toBe(6)
    await pass(world, 40_000)
    expect(b.greeted.length).toBe(6)
    await pass(world, 50_000)
    expect(b.greeted.length).toBe(9)
    state.relayed = false
    await pass(world, 600_000)
    expect(b.greeted.length).toBe(9)
  })

  it('meet at a later attempt, and stop then', async () => {
    const { world, a, b } = connected(easyA, easyB, attempt => attempt === 2)
    await pass(world, 100_000)
    expect([a.greeted.length, b.greeted.length]).toEqual([2, 2])
    expect(b.puncher.report('a')).toMatchObject({ outcome: 'direct', attempts: 2 })
  })

  it('connect to an address that is open before anything else', async () => {
    const open = placeAt('1.1.1.1', 'easy', ['/ip4/1.1.1.1/tcp/4001', '/ip4/192.168.1.2/tcp/4001'])
    const { world, b } = connected(open, easyB, () => false, true)
    await pass(world, 2_000)
    expect(b.dialled).toEqual(['/ip4/1.1.1.1/tcp/4001'])
    expect(b.puncher.report('a')).toMatchObject({ outcome: 'direct' })
  })

  it('give up at once where there is no use, and say why', async () => {
    const { world, a, b } = connected(placeAt('1.1.1.1', 'blocked'), easyB, () => true)
    await pass(world, 5_000)
    expect([a.greeted.length, b.greeted.length]).toEqual([0, 0])
    expect(b.puncher.report('a')).toMatchObject({ outcome: 'failed', attempts: 1, reason: /other peer/ })
  })

  it('start over in another network', async () => {
    const { world, b } = connected(easyA, easyB, attempt => attempt > 3)
    await pass(world, 10_000)
    b.puncher.startOver()
    await pass(world, 1_000)
    expect(b.puncher.report('a')).toMatchObject({ outcome: 'direct' })
  })
})

it('who says nothing, nonsense or something else costs a while and no more', async () => {
  const { world, a } = connected(easyA, easyB, () => false)
  for (const words of [[], [Uint8Array.of(3, 255, 255, 255)], [Uint8Array.of(3, 0x08, 0xac, 0x02)]]) {
    const [ours, theirs] = Line.pair(world, 'a', 'x')
    const served = a.puncher.answer(ours)
    for (const word of words) theirs.send(word)
    await pass(world, 20_000)
    await served
  }
  expect(a.greeted.every(({ peer }) => peer === 'b')).toBe(true)
})

it('only the latest reports are kept', async () => {
  const { world, a } = connected(easyA, easyB, () => false)
  for (let i = 0; i < maxReports + 10; i++) {
    const [ours, theirs] = Line.pair(world, 'a', `peer ${i}`)
    void a.puncher.answer(ours)
    theirs.send(encodeDcutr(connectOf(placeAt('3.3.3.3', 'blocked'))))
    theirs.send(encodeDcutr({ type: 'sync', addresses: [] }))
  }
  await pass(world, 1_000)
  expect(a.puncher.report('peer 0')).toBeUndefined()
  expect(a.puncher.report(`peer ${maxReports + 9}`)).toMatchObject({ outcome: 'failed' })
})
