import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { Endpoint } from '../datagrams.ts'
import { maxScatter, maxSockets, type Plan, planPunch, type Side } from './punch-plan.ts'

const at = (address: string, port = 4001): Endpoint => ({ address, port })
const inside = [at('192.168.1.2')]
const easy: Side = { nat: 'easy', outside: [at('1.1.1.1')], inside }
const other: Side = { nat: 'easy', outside: [at('2.2.2.2')], inside: [at('192.168.1.3')] }
const hard: Side = { ...other, nat: 'hard' }
const stepping: Side = { ...hard, step: 2 }
const plan = (ours: Side, theirs: Side, attempt = 1): Plan | string =>
  planPunch(ours, theirs, attempt, new VirtualWorld(1))

describe('what is sent where', () => {
  it('to the one port of an easy router, and nothing to networks that are not ours', () => {
    for (const attempt of [1, 2])
      expect(plan(easy, other, attempt)).toEqual({ targets: other.outside, scatter: [], sockets: 0 })
  })

  it('also to the inside of the same home, and of one where nobody is seen from outside', () => {
    const same = { ...other, outside: [at('1.1.1.1', 50_000)] }
    expect(plan(easy, same)).toMatchObject({ targets: [...same.inside, ...same.outside] })
    expect(plan({ ...easy, outside: [] }, { ...other, outside: [] })).toMatchObject({ targets: other.inside })
    expect(plan({ ...easy, nat: 'hard' }, { ...same, nat: 'hard' })).toMatchObject({
      targets: [at('192.168.1.3'), at('1.1.1.1', 50_000)],
    })
  })

  it('to the ports that follow, where a router takes one after the other', () => {
    const { targets } = plan(easy, stepping) as Plan
    expect(targets.slice(0, 3)).toEqual([at('2.2.2.2', 4001), at('2.2.2.2', 4003), at('2.2.2.2', 4005)])
    expect(targets.length).toBe(33)
  })

  it('from fresh sockets behind such a router, which may have given ours a port that nobody tries', () => {
    for (const attempt of [1, 2])
      expect(plan(stepping, easy, attempt)).toMatchObject({ targets: easy.outside, scatter: [], sockets: 4 })
    // Each port ahead that is tried is an endpoint of its own for our router, and gets a port of its own.
    expect(plan(stepping, { ...stepping, outside: [at('3.3.3.3')] })).toMatchObject({ sockets: 0 })
  })

  it('to ports drawn by chance and from many sockets, but not at the first attempt', () => {
    expect(plan(easy, hard)).toMatchObject({ scatter: [], sockets: 0 })
    expect(plan(hard, easy)).toMatchObject({ scatter: [], sockets: 0 })
    const { scatter, sockets } = plan(easy, hard, 2) as Plan
    expect(new Set(scatter.map(({ port }) => port)).size).toBe(maxScatter)
    expect(scatter.every(({ address, port }) => address === '2.2.2.2' && port >= 1024 && port < 65_536)).toBe(
      true,
    )
    expect(sockets).toBe(0)
    expect(plan(hard, easy, 2)).toMatchObject({ scatter: [], sockets: maxSockets })
  })

  it('over the family that both have', () => {
    const both: Side = { ...easy, outside: [at('1.1.1.1'), at('2001:db8::1')] }
    const six: Side = { nat: 'unknown', outside: [at('2001:db8::2')], inside: [] }
    expect(plan(both, six)).toMatchObject({ targets: six.outside })
    expect(plan({ ...both, nat: 'hard' }, six, 2)).toMatchObject({ targets: six.outside, sockets: 0 })
  })
})

describe('why there is no use', () => {
  const blind: Side = { nat: 'unknown', outside: [], inside: [] }
  it.each<[string, Side, Side, RegExp]>([
    ['both routers are hard', { ...easy, nat: 'hard' }, hard, /both routers/],
    ['one steps, the other draws', { ...easy, nat: 'hard' }, stepping, /both routers/],
    ['our network blocks', { ...blind, nat: 'blocked' }, other, /network of this peer/],
    ['theirs blocks', easy, { ...blind, nat: 'blocked' }, /network of the other peer/],
    ['we are blind', blind, other, /nobody has told this peer/],
    ['they are', easy, blind, /does not know/],
    ['families differ', easy, { ...blind, outside: [at('2001:db8::2')] }, /only IPv6/],
  ])('%s', (_what, ours, theirs, why) => {
    expect(plan(ours, theirs, 2)).toMatch(why)
  })
})
