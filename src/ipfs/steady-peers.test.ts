import { setImmediate as settled } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PeerageError, VirtualWorld } from '../base/index.ts'
import type { NetworkEvents } from '../network/index.ts'
import { SteadyPeers } from './steady-peers.ts'

const kubo = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
const other = 'QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN'
const at = (host: number, peer: string): string => `/ip4/192.0.2.${host}/tcp/4001/p2p/${peer}`

let world: VirtualWorld
let addresses: string[]
/** Who answers, who is connected, who is protected, and every dial. */
let up: Set<string>
let connected: Set<string>
let kept: Map<string, number>
let dials: { at: number; addresses: readonly string[] }[]
let listeners: Map<string, (event: never) => void>
let steady: SteadyPeers

beforeEach(() => {
  world = new VirtualWorld(1)
  addresses = [at(1, kubo), at(2, kubo), at(3, other)]
  up = new Set()
  connected = new Set()
  kept = new Map()
  dials = []
  listeners = new Map()
  steady = new SteadyPeers({
    world,
    addresses: () => addresses,
    network: {
      connections: () => [...connected].map(peer => ({ peer })) as never,
      on: (name: keyof NetworkEvents, listener) => {
        listeners.set(name, listener as (event: never) => void)
        return () => void listeners.delete(name)
      },
      protect: peer => {
        kept.set(peer, (kept.get(peer) ?? 0) + 1)
        return () => void kept.delete(peer)
      },
      async open(target) {
        dials.push({ at: world.now(), addresses: target as readonly string[] })
        const peer = target[0]!.split('/p2p/')[1]!
        if (!up.has(peer)) throw new PeerageError('network.unreachable')
        connected.add(peer)
        return { close: async () => undefined } as never
      },
    },
  })
})
afterEach(() => steady.stop())

/** In steps of the shortest pause; dials end in between. */
async function pass(ms: number): Promise<void> {
  await settled()
  for (let passed = 0; passed < ms; passed += 5_000) {
    world.advance(5_000)
    await settled()
  }
}

const lose = (peer: string): void => {
  connected.delete(peer)
  listeners.get('peer-disconnected')!({ peer } as never)
}

test('all are dialled at once, keep their connection, and are dialled again when they leave', async () => {
  up = new Set([kubo, other])
  steady.follow()
  await pass(0)
  expect(dials.map(one => one.addresses)).toEqual([[at(1, kubo), at(2, kubo)], [at(3, other)]])
  expect([...kept.keys()]).toEqual([kubo, other])
  lose(kubo)
  lose('12D3KooWsomebodyElse')
  await pass(60_000)
  expect(dials).toHaveLength(3)
  expect(connected.has(kubo)).toBe(true)
})

test('who does not answer is dialled ever more seldom, at once where this machine is somewhere else, and no more at the end', async () => {
  addresses = [at(1, kubo)]
  steady.follow()
  await pass(60_000)
  expect(dials.map(one => one.at)).toEqual([0, 5_000, 15_000, 35_000])
  await pass(3_600_000)
  const gaps = dials.map((one, i) => one.at - (dials[i - 1]?.at ?? 0))
  expect(Math.max(...gaps)).toBe(300_000)
  const before = dials.length
  listeners.get('network-changed')!({} as never)
  await pass(0)
  expect(dials).toHaveLength(before + 1)
  steady.stop()
  await pass(3_600_000)
  expect(dials).toHaveLength(before + 1)
  expect(kept.size + listeners.size).toBe(0)
})

test('one that is taken off the list is let go, and one that is put on it is dialled', async () => {
  up = new Set([kubo, other])
  addresses = [at(1, kubo)]
  steady.follow()
  await pass(0)
  addresses = [at(3, other)]
  steady.follow()
  await pass(0)
  expect([...kept.keys()]).toEqual([other])
  expect(connected.has(other)).toBe(true)
  lose(kubo)
  await pass(60_000)
  expect(dials).toHaveLength(2)
})
