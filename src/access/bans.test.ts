import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { Bans } from './bans.ts'
import { peerIdOf } from './peer-id.ts'
import type { KeyValue } from './records.ts'

function memory(): KeyValue {
  const rows = new Map<string, unknown>()
  return {
    get: (kind, key) => rows.get(`${kind} ${key}`),
    put: (kind, key, value) => void rows.set(`${kind} ${key}`, value),
    delete: (kind, key) => void rows.delete(`${kind} ${key}`),
    *entries(kind) {
      for (const [name, value] of rows)
        if (name.startsWith(`${kind} `)) yield [name.slice(kind.length + 1), value]
    },
  }
}

const world = new VirtualWorld(1)
const peer = peerIdOf(new Uint8Array(32).fill(7))

describe('bans', () => {
  it('hold for peers, addresses and ranges, until they are lifted, over a restart', () => {
    const state = memory()
    const bans = new Bans(world, state, 10)
    let changes = 0
    bans.onChange(() => changes++)
    for (const name of [peer, '192.0.2.7', ' 2001:DB8::/32 ', '198.51.100.0/24']) bans.ban(name)
    expect(changes).toBe(4)
    const again = new Bans(world, state, 10)
    expect(again.all.map(({ name }) => name).sort()).toEqual(
      ['192.0.2.7', '198.51.100.0/24', '2001:db8::/32', peer].sort(),
    )
    expect(again.blocksPeer(peer)).toBe(true)
    for (const ip of ['192.0.2.7', '2001:db8:5::1', '198.51.100.200']) expect(again.blocksIp(ip)).toBe(true)
    for (const ip of ['192.0.2.8', '2001:db9::1', '198.51.101.0', peer])
      expect(again.blocksIp(ip)).toBe(false)
    expect(again.unban('198.51.100.0/24')).toBe(true)
    expect(again.unban('198.51.100.0/24')).toBe(false)
    expect(again.blocksIp('198.51.100.200')).toBe(false)
    expect(again.unban(peer)).toBe(true)
    expect(new Bans(world, state, 10).all).toHaveLength(2)
  })

  it.each(['', 'somebody', '1.2.3', '1.2.3.4/33', 'peer:x', '1.2.3.4:80'])('%j is nobody', name => {
    expect(() => new Bans(world, memory(), 10).ban(name)).toThrow('is no peer id')
  })

  it('are bounded', () => {
    const bans = new Bans(world, memory(), 2)
    bans.ban('1.1.1.1')
    bans.ban('1.1.1.2')
    bans.ban('1.1.1.1')
    expect(() => bans.ban('1.1.1.3')).toThrow('access.maxBans')
  })
})
