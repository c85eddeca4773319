import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { decodeKrpc, type KrpcResponse } from '../../wire/index.ts'
import { AddressVotes } from './address-votes.ts'
import { isLocal, isPlausible, networkOf, slotOf } from './addresses.ts'
import { type DhtConfig, dhtConfig } from './config.ts'
import { Queries } from './queries.ts'
import { QueryLimit } from './query-limit.ts'
import { Tokens } from './tokens.ts'

const id = new Uint8Array(20).fill(1)

interface Asking {
  readonly world: VirtualWorld
  readonly queries: Queries
  readonly sent: Uint8Array[]
}

function asking(config: Partial<DhtConfig> = {}): Asking {
  const world = new VirtualWorld(2)
  const sent: Uint8Array[] = []
  return { world, sent, queries: new Queries(world, dhtConfig.parse(config), bytes => sent.push(bytes)) }
}

describe('questions', () => {
  const to = { address: '8.8.8.8', port: 1 }

  it('are so many at once, time out, and then there is room again', async () => {
    const { world, queries } = asking({ maxQueries: 3, queryTimeoutMs: 1_000 })
    const asked = Array.from({ length: 4 }, () =>
      queries.ask(to, { method: 'ping', id }).catch(error => error.code),
    )
    expect(queries.size).toBe(3)
    expect(await asked[3]).toBe('network.limit')
    world.advance(1_000)
    expect(await Promise.all(asked.slice(0, 3))).toEqual(Array(3).fill('network.unreachable'))
    expect(queries.size).toBe(0)
  })

  it('are answered by whom they were asked of, and once', async () => {
    const { queries, sent } = asking()
    const asked = queries.ask(to, { method: 'ping', id })
    const { transaction } = decodeKrpc(sent[0]!)
    const answer: KrpcResponse = { type: 'response', transaction, id, nodes: [], peers: [] }
    expect(queries.receive(answer, { ...to, port: 2 })).toBe(false)
    expect(queries.receive(answer, { ...to, address: '8.8.8.9' })).toBe(false)
    expect(queries.receive({ ...answer, transaction: Uint8Array.of(1) }, to)).toBe(false)
    expect(queries.receive(answer, to)).toBe(true)
    expect(queries.receive(answer, to)).toBe(false)
    expect(await asked).toBe(answer)
  })

  it('have numbers that nobody can guess from the one before', () => {
    const { queries, sent } = asking()
    for (let i = 0; i < 100; i++) queries.ask(to, { method: 'ping', id }).catch(() => undefined)
    const numbers = sent.map(bytes => Buffer.from(decodeKrpc(bytes).transaction).readUInt32BE())
    expect(new Set(numbers).size).toBe(100)
    expect(numbers.filter((one, i) => Math.abs(one - (numbers[i - 1] ?? 0)) < 1_000)).toEqual([])
  })

  it('that got an error reject with its code', async () => {
    const { queries, sent } = asking()
    const asked = queries.ask(to, { method: 'ping', id })
    const { transaction } = decodeKrpc(sent[0]!)
    queries.receive({ type: 'error', transaction, code: 302, message: 'no' }, to)
    await expect(asked).rejects.toMatchObject({ code: 'peer.protocol', details: { code: 302 } })
  })
})

describe('answers', () => {
  it('are so many a second, to one address and to all, and so many bytes', () => {
    const world = new VirtualWorld(3)
    const config = { maxQueriesPerSecond: 10, maxQueriesPerAddress: 3, maxReplyBytesPerSecond: 1_000 }
    const limit = new QueryLimit(world, dhtConfig.parse(config))
    const count = (address: (i: number) => string): number =>
      Array.from({ length: 50 }, (_, i) => limit.allows(address(i))).filter(Boolean).length
    expect(count(() => '8.8.8.8')).toBe(3)
    expect(count(i => `2001:db8::${i}`)).toBe(3)
    expect(count(i => `9.9.9.${i}`)).toBe(4)
    expect(limit.size).toBeLessThanOrEqual(10)
    expect([600, 600, 400, 1].map(bytes => limit.allowsReply(bytes))).toEqual([true, false, true, false])
    world.advance(1_000)
    expect(count(() => '8.8.8.8')).toBe(3)
    expect(limit.allowsReply(1_000)).toBe(true)
  })

  it('bring tokens for one address and a time', () => {
    const world = new VirtualWorld(4)
    const tokens = new Tokens(world, 1_000)
    const token = tokens.make('8.8.8.8')
    expect([tokens.isGood(token, '8.8.8.8'), tokens.isGood(token, '8.8.8.9')]).toEqual([true, false])
    world.advance(1_500)
    expect(tokens.isGood(token, '8.8.8.8')).toBe(true)
    expect(tokens.make('8.8.8.8')).not.toEqual(token)
    world.advance(1_000)
    expect(tokens.isGood(token, '8.8.8.8')).toBe(false)
  })
})

describe('addresses', () => {
  it('belong to networks', () => {
    expect(networkOf('8.8.4.4')).toBe('8.8.4')
    const same = ['2001:db8:0:1::5', '2001:db8:0:1:9:9:9:9', '2001:0db8:0000:0001::'].map(networkOf)
    expect(new Set(same)).toEqual(new Set(['2001:db8:0:1']))
    expect(networkOf('2001::1')).toBe('2001:0:0:0')
    expect(slotOf({ address: '8.8.8.8', port: 5 })).toBe(slotOf({ address: '8.8.8.8', port: 6 }))
    expect(slotOf({ address: '127.0.0.1', port: 5 })).not.toBe(slotOf({ address: '127.0.0.1', port: 6 }))
  })

  it('are local or not', () => {
    const local = '127.0.0.1 10.1.1.1 172.16.0.1 192.168.3.4 169.254.1.1 100.64.0.1 ::1 fe80::1 fd00::1'
    const others = '172.32.0.1 1.2.3.4 100.128.0.1 2001:db8::1 192.0.2.1 8.8.8.8'
    for (const address of local.split(' ')) expect(isLocal(address), address).toBe(true)
    for (const address of others.split(' ')) expect(isLocal(address), address).toBe(false)
  })

  it('that are not out there are not told by a node out there', () => {
    const wrong =
      '0.0.0.0 224.0.0.1 255.255.255.255 :: ff02::1 ::ffff:8.8.8.8 ::1 127.0.0.1 10.0.0.1 192.168.1.1 fe80::1'
    for (const address of wrong.split(' '))
      expect(isPlausible({ address, port: 1 }, '8.8.8.8'), address).toBe(false)
    const told = (address: string, teller: string, port = 1): boolean =>
      isPlausible({ address, port }, teller)
    expect(told('127.0.0.1', '127.0.0.2')).toBe(true)
    expect(told('127.0.0.1', '10.0.0.1')).toBe(false)
    expect(told('10.0.0.9', '10.0.0.1')).toBe(true)
    expect(told('8.8.8.8', '9.9.9.9')).toBe(true)
    expect(told('8.8.8.8', '9.9.9.9', 0)).toBe(false)
  })
})

describe('votes on our address', () => {
  it('count once a network, and need a majority (`votesForAddress`)', () => {
    const votes = new AddressVotes(10)
    for (let i = 0; i < 200; i++) expect(votes.add('6.6.6.6', `8.8.8.${i}`)).toBeUndefined()
    for (let i = 0; i < 9; i++) expect(votes.add('5.5.5.5', `9.9.${i}.1`)).toBeUndefined()
    expect(votes.add('5.5.5.5', '9.9.9.1')).toBe('5.5.5.5')
    for (let i = 0; i < 9; i++) expect(votes.add('7.7.7.7', `11.9.${i}.1`)).toBeUndefined()
    expect(votes.add('7.7.7.7', '11.9.9.1')).toBeUndefined()
  })

  it('of local networks do not count', () => {
    const votes = new AddressVotes(2)
    for (let i = 0; i < 20; i++) expect(votes.add('5.5.5.5', `10.9.${i}.1`)).toBeUndefined()
    for (let i = 0; i < 20; i++) expect(votes.add('10.5.5.5', `9.9.${i}.1`)).toBeUndefined()
    expect(votes.size).toBe(0)
  })

  it('are kept for so many networks', () => {
    const votes = new AddressVotes(10)
    for (let i = 0; i < 5_000; i++) votes.add(`5.5.${i >> 8}.${i & 255}`, `9.${i >> 8}.${i & 255}.1`)
    expect(votes.size).toBe(64)
  })
})
