import { expect, test } from 'vitest'
import type { ConnectionInfo } from '../../network/index.ts'
import { connectionsOf, maxConnectionRows } from './connections.ts'
import type { Exchange } from './host.ts'

const host = {
  nameOf: (peer: string) => ({ ann: 'Ann', relay: 'Rita' })[peer],
  standingOf: (peer: string) => (peer === 'ann' ? ('contact' as const) : undefined),
  network: {
    punched: (peer: string) => (peer === 'dave' ? { outcome: 'direct' } : undefined),
  },
}

function way(peer: string, changes: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return { peer, address: `/${peer}`, direction: 'outbound', path: 'direct', openedAt: 0, ...changes }
}

function exchange(peer: string, changes: Partial<Exchange> = {}): Exchange {
  return { peer, network: 'private', path: 'direct', downBytesPerSecond: 0, upBytesPerSecond: 0, ...changes }
}

test('each is told of once: by its best way, with the sum of what is exchanged', () => {
  const { rows, rest, count } = connectionsOf({
    host,
    open: [
      way('bob', { isPeerage: true }),
      way('carol', { path: 'relayed', via: 'relay' }),
      way('dave'),
      way('ann', { path: 'relayed', via: 'relay', rttMs: 90 }),
      way('ann', { path: 'lan', rttMs: 2 }),
    ],
    exchanging: [
      exchange('bob', { downBytesPerSecond: 10, client: 'Peerage 1' }),
      exchange('bob', { network: 'ipfs', downBytesPerSecond: 5, upBytesPerSecond: 1 }),
      exchange('192.0.2.1:6881', { network: 'bittorrent', address: '192.0.2.1:6881', upBytesPerSecond: 99 }),
    ],
  })
  expect([rest, count]).toEqual([[], 5])
  expect(rows).toEqual([
    {
      peer: 'ann',
      contact: 'Ann',
      standing: 'contact',
      networks: ['private'],
      path: 'lan',
      address: '/ann',
      rttMs: 2,
      contents: 0,
      downBytesPerSecond: 0,
      upBytesPerSecond: 0,
    },
    expect.objectContaining({ peer: '192.0.2.1:6881', networks: ['bittorrent'], upBytesPerSecond: 99 }),
    expect.objectContaining({
      peer: 'bob',
      networks: ['ipfs', 'private'],
      client: 'Peerage 1',
      contents: 2,
      downBytesPerSecond: 15,
      upBytesPerSecond: 1,
    }),
    expect.objectContaining({
      peer: 'carol',
      networks: ['ipfs'],
      path: 'relayed',
      via: { peer: 'relay', contact: 'Rita' },
    }),
    expect.objectContaining({ peer: 'dave', path: 'direct', punched: true }),
  ])
})

test('more than a bound are told of as groups, and nobody whom the user knows is among them', () => {
  const open = Array.from({ length: maxConnectionRows + 2 }, (_, i) =>
    way(`peer-${i}`, { path: i % 2 === 0 ? 'direct' : 'lan' }),
  )
  const { rows, rest, count } = connectionsOf({ host, open: [...open, way('ann')], exchanging: [] })
  expect([rows.length, count]).toEqual([maxConnectionRows, maxConnectionRows + 3])
  expect(rows[0]).toMatchObject({ contact: 'Ann' })
  expect(rest.map(one => [one.path, one.count])).toEqual([
    ['lan', 2],
    ['direct', 1],
  ])
})
