import { afterEach, expect, test } from 'vitest'
import type { Network } from '../index.ts'
import { next, TestNetworks } from '../test-networks.ts'

const networks = new TestNetworks()
afterEach(() => networks.stop())

const protocol = '/peerage-test/1'

const until = async <Value>(look: () => Value | undefined | false): Promise<Value> => {
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const pathsTo = (network: Network, peer: string): string[] =>
  network.connections().flatMap(one => (one.peer === peer ? [one.path] : []))

/** A relay, a peer that can be reached through it, and one that knows of no other way to that. */
async function trio(punch: boolean) {
  const relay = await networks.create({ relay: { relayFor: 'everyone', use: 'never' } })
  relay.relay.setPolicy({ mayRelay: () => 'friend', isKnown: () => true })
  const callee = await networks.create({
    config: { punch },
    relay: { use: 'always', relays: [relay.addresses()[0]!] },
  })
  const relayed = await until(() => callee.addresses().find(address => address.includes('/p2p-circuit')))
  const caller = await networks.create({ config: { punch }, relay: { use: 'never' } })
  callee.handle(protocol, stream => stream.onData(() => undefined))
  return { callee, caller, open: () => caller.open([relayed], protocol) }
}

test('a relayed connection gets a direct one beside it, which both are told, and goes when it is not used', async () => {
  const { callee, caller, open } = await trio(true)
  const told = Promise.all(
    [callee, caller].map(network => next(done => network.on('path-changed', event => done(event)))),
  )
  const stream = await open()
  expect(stream.path).toBe('relayed')
  expect(await told).toMatchObject([
    { peer: caller.peerId, path: 'loopback' },
    { peer: callee.peerId, path: 'loopback' },
  ])
  expect(callee.punched(caller.peerId)).toMatchObject({ outcome: 'direct', attempts: 1 })
  const fresh = await caller.open(callee.peerId, protocol)
  expect(fresh.path).toBe('loopback')
  // Somebody still uses it.
  await new Promise(resolve => setTimeout(resolve, 6_000))
  expect(pathsTo(caller, callee.peerId)).toContain('relayed')
  stream.abort(new Error('enough'))
  await until(() => !pathsTo(caller, callee.peerId).includes('relayed'))
  expect(fresh.send(Uint8Array.of(1))).toBe(true)
}, 30_000)

test('it stays relayed when nobody wants a direct one', async () => {
  const { callee, caller, open } = await trio(false)
  expect((await open()).path).toBe('relayed')
  await new Promise(resolve => setTimeout(resolve, 500))
  expect(pathsTo(caller, callee.peerId)).toEqual(['relayed'])
  expect(callee.punched(caller.peerId)).toBeUndefined()
})
