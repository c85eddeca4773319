import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { ConnectionGuard, type Guarded } from './connection-guard.ts'

interface Town {
  readonly world: VirtualWorld
  readonly guard: ConnectionGuard
  readonly closed: string[]
  /** Adds a connection and tells the guard. */
  join(id: string, some?: Partial<Guarded>): void
  change(id: string, some: Partial<Guarded>): void
}

function town(config: Partial<{ maxConnections: number; idleConnectionMs: number }> = {}): Town {
  const world = new VirtualWorld(1)
  const open = new Map<string, Guarded>()
  const closed: string[] = []
  const guard = new ConnectionGuard({
    world,
    config: { maxConnections: 3, maxConnectionsPerPeer: 2, idleConnectionMs: 60_000, ...config },
    connections: () => [...open.values()],
    isKnown: peer => peer.startsWith('friend'),
  })
  return {
    world,
    guard,
    closed,
    join(id, some = {}) {
      const close = (why: string): void => {
        closed.push(`${id} ${why}`)
        open.delete(id)
      }
      const peer = { id, peer: id, group: id, streams: 0, ownStreams: 0, rttMs: 50, receivedBytes: 0 }
      open.set(id, { ...peer, openedAt: world.now(), close, ...some })
      guard.opened(id)
    },
    change: (id, some) => void open.set(id, { ...open.get(id)!, ...some }),
  }
}

test('a peer has so many connections: of the quiet ones the oldest goes, else the newest', () => {
  const { join, closed } = town()
  join('a', { peer: 'x', streams: 1 })
  join('b', { peer: 'x' })
  join('c', { peer: 'x', streams: 1 })
  expect(closed).toEqual(['b peer'])
  join('d', { peer: 'x' })
  expect(closed).toEqual(['b peer', 'd peer'])
})

test('a full peer refuses a stranger while all others are of use, and takes a contact in', () => {
  const { join, closed, guard } = town()
  for (const id of ['a', 'b', 'c']) join(id, { streams: 1, ownStreams: 1 })
  join('stranger')
  expect(closed).toEqual(['stranger full'])
  join('friend')
  expect(closed).toEqual(['stranger full', 'a full'])
  expect(guard.closed).toEqual({ full: 2 })
})

test('a full peer gives the place of a stranger of the largest crowd to the next', () => {
  const { join, closed, world } = town({ maxConnections: 30 })
  for (let n = 0; n < 30; n++) {
    join(`s${n}`, { group: n < 25 ? 'crowd' : `home ${n}` })
    world.advance(1_000)
  }
  join('next')
  expect(closed).toEqual(['s24 full'])
})

test('a place is made for whom somebody here dials, if any can be', () => {
  const { join, guard, closed } = town()
  for (const id of ['a', 'b', 'c']) join(id, { streams: 1, ownStreams: 1 })
  expect(guard.makeRoom('stranger')).toBe(false)
  expect(guard.makeRoom('friend')).toBe(true)
  expect(closed).toHaveLength(1)
})

test('a connection without streams is closed after a while, unless its peer is known or protected', () => {
  const { join, change, guard, closed, world } = town({ maxConnections: 9 })
  const done = guard.protect('relay')
  const again = guard.protect('relay')
  for (const id of ['idle', 'busy', 'friend', 'relay']) join(id, { streams: id === 'busy' ? 1 : 0 })
  world.advance(200_000)
  expect(closed).toEqual(['idle idle'])
  change('busy', { streams: 0 })
  done()
  done()
  world.advance(200_000)
  expect(closed).toEqual(['idle idle', 'busy idle'])
  again()
  world.advance(20_000)
  expect(closed).toEqual(['idle idle', 'busy idle', 'relay idle'])
})
