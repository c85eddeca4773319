import { beforeEach, describe, expect, it, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { addressesOf } from './create-gateway.ts'
import type { DefaultRoute } from './default-route.ts'
import { EpochWatch } from './epoch-watch.ts'
import { Gateway, gatewayLimits } from './gateway.ts'
import type { GatewayOff } from './gateway-report.ts'
import { findIgd } from './igd-search.ts'
import { reasonNotToMap } from './may-map.ts'
import { NatPmpOpener } from './nat-pmp-opener.ts'
import { PcpOpener } from './pcp-opener.ts'
import type { GatewayMethod } from './port-opener.ts'
import { RouterTalk } from './router-talk.ts'
import { SimulatedRouter } from './simulated-router.ts'
import { UpnpOpener } from './upnp-opener.ts'

const self = '192.168.1.7'
const both = ['tcp 4001', 'udp 4001']
let world: VirtualWorld
let router: SimulatedRouter
let route: DefaultRoute | undefined
let off: GatewayOff | undefined
let gateway: Gateway

beforeEach(() => {
  world = new VirtualWorld(1)
  router = new SimulatedRouter(world)
  route = { router: router.address, self }
  off = undefined
  gateway = gatewayOn(router)
})

function gatewayOn(datagrams: SimulatedRouter): Gateway {
  return new Gateway({
    world,
    config: { portMappingLeaseSeconds: 3_600, portMappingCheckMs: 60_000 },
    port: datagrams.port,
    off: () => off,
    route: async () => route,
    waysOf: way => {
      const talk = new RouterTalk(world, datagrams, way.router)
      const find = (signal: AbortSignal): Promise<URL | undefined> =>
        findIgd({ world, datagrams, router: way.router }, signal)
      const upnp = new UpnpOpener({ random: world.random, self: way.self, find, ask: datagrams.ask })
      return {
        openers: [new PcpOpener(world, talk, way.self), new NatPmpOpener(world, talk), upnp],
        close: () => talk.close(),
      }
    },
    onChange: () => undefined,
  })
}

/** Lets time pass, and what waits for promises run. */
async function pass(ms: number): Promise<void> {
  const steps = Math.min(400, Math.max(20, Math.ceil(ms / 1_000)))
  for (let i = 0; i < steps; i++) {
    world.advance(ms / steps)
    for (let turn = 0; turn < 12; turn++) await Promise.resolve()
  }
}

const keys = (): string[] => [...router.entries.keys()].sort()

describe.each<GatewayMethod>(['pcp', 'nat-pmp', 'upnp'])('by %s', method => {
  beforeEach(() => {
    router.methods.clear()
    router.methods.add(method)
  })

  it('the router opens both ports, renews them, and closes them at the end', async () => {
    gateway.start()
    await pass(10_000)
    expect(gateway.report).toMatchObject({
      state: 'mapped',
      method,
      router: router.address,
      externalAddress: '203.0.113.7',
      doubleNat: false,
    })
    expect(keys()).toEqual(both)
    expect([...router.entries.values()]).toEqual([
      { client: self, internalPort: 4001, lifetimeSeconds: 3_600 },
      { client: self, internalPort: 4001, lifetimeSeconds: 3_600 },
    ])
    const until = gateway.report.mappings[0]!.until!
    await pass(1_900_000)
    expect(gateway.report.mappings[0]!.until!).toBeGreaterThan(until)
    const stopped = gateway.stop()
    await pass(500)
    await stopped
    expect(keys()).toEqual([])
  })

  it('ports that a restarted router has forgotten are opened again', async () => {
    gateway.start()
    await pass(10_000)
    router.restart()
    await pass(125_000)
    expect(keys()).toEqual(both)
    expect(gateway.report.state).toBe('mapped')
  })

  it('a new address outside is noticed', async () => {
    gateway.start()
    await pass(10_000)
    router.externalAddress = '198.51.100.9'
    if (method === 'pcp') router.restart()
    await pass(125_000)
    expect(gateway.report).toMatchObject({ externalAddress: '198.51.100.9' })
  })

  it('another port outside will do', async () => {
    router.taken.add(4001)
    gateway.start()
    await pass(10_000)
    expect(gateway.report.state).toBe('mapped')
    const { mappings } = gateway.report
    expect(mappings.map(({ protocol }) => protocol)).toEqual(['tcp', 'udp'])
    expect(mappings[0]!.externalPort).not.toBe(4001)
    expect(mappings[1]!.externalPort).toBe(mappings[0]!.externalPort)
    expect(addressesOf(gateway.report)[0]).toBe(`/ip4/203.0.113.7/tcp/${mappings[0]!.externalPort}`)
  })

  it('a refusal is told, and asked about again later', async () => {
    router.refuses = method === 'upnp' ? 606 : 2
    gateway.start()
    await pass(10_000)
    expect(gateway.report).toMatchObject({ state: 'refused', mappings: [] })
    expect(gateway.report.tried).toContainEqual({
      method,
      problem: expect.stringContaining('does not allow'),
    })
    expect(keys()).toEqual([])
    router.refuses = 0
    await pass(gatewayLimits.againAfterMs[0] + 10_000)
    expect(gateway.report.state).toBe('mapped')
  })

  it('a private address outside means two routers, and is not told to others', async () => {
    router.externalAddress = '100.64.3.4'
    gateway.start()
    await pass(10_000)
    expect(gateway.report).toMatchObject({ state: 'mapped', doubleNat: true })
    expect(addressesOf(gateway.report)).toEqual([])
  })

  it('a router without a connection has nothing to offer', async () => {
    router.externalAddress = '0.0.0.0'
    gateway.start()
    await pass(10_000)
    expect(gateway.report.tried).toContainEqual({ method, problem: expect.stringContaining('no connection') })
    expect(keys()).toEqual([])
  })

  it('a router that went away is looked for again, and stopping does not wait for it', async () => {
    gateway.start()
    await pass(10_000)
    router.methods.clear()
    const stopped = gateway.stop()
    await pass(gatewayLimits.closeMs + 100)
    await stopped
  })
})

test('the best of what the router understands is used', async () => {
  gateway.start()
  await pass(10_000)
  expect(gateway.report.method).toBe('pcp')
  expect(router.asked.filter(one => one.startsWith('upnp Add'))).toEqual([])
})

test('a router that answers nothing is told as such, and asked less and less', async () => {
  router.methods.clear()
  gateway.start()
  await pass(10_000)
  expect(gateway.report).toMatchObject({
    state: 'refused',
    router: router.address,
    tried: [
      { method: 'pcp', problem: 'it does not answer' },
      { method: 'nat-pmp', problem: 'it does not answer' },
      { method: 'upnp', problem: 'it does not answer' },
    ],
  })
})

test('a router that opens ports only for good is told to close them', async () => {
  router.methods.delete('pcp')
  router.methods.delete('nat-pmp')
  router.permanentOnly = true
  gateway.start()
  await pass(10_000)
  expect(gateway.report.mappings[0]).not.toHaveProperty('until')
  const stopped = gateway.stop()
  await pass(100)
  await stopped
  expect(keys()).toEqual([])
})

test('a router cannot make us ask it all the time', async () => {
  router.grants = 0
  router.methods.delete('upnp')
  gateway.start()
  await pass(10_000)
  router.asked.length = 0
  await pass(120_000)
  const renewals = (120_000 / gatewayLimits.minLeaseSeconds / 1_000) * 2
  expect(router.asked.filter(one => one === 'pcp 1').length / 2).toBeLessThanOrEqual(renewals + 1)
})

test('whatever does not come from the router is nothing', async () => {
  router.methods.clear()
  gateway.start()
  await pass(100)
  const forged = Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 9, 203, 0, 113, 66)
  router.deliver(forged, { address: '192.168.1.66', port: 5351 })
  router.deliver(forged, { address: router.address, port: 5352 })
  await pass(10_000)
  expect(gateway.report.state).toBe('refused')
})

test('nothing is asked while that is not wanted, and ports are closed when it is not any more', async () => {
  off = 'config'
  gateway.start()
  await pass(10_000)
  expect(gateway.report).toMatchObject({ state: 'off', off: 'config' })
  expect(router.asked).toEqual([])
  off = undefined
  gateway.start()
  await pass(10_000)
  expect(keys()).toEqual(both)
  off = 'public'
  gateway.start()
  await pass(2_000)
  expect(gateway.report).toMatchObject({ state: 'off', off: 'public' })
  expect(keys()).toEqual([])
})

test('on another network another router is asked, and without any none', async () => {
  gateway.start()
  await pass(10_000)
  route = { router: router.address, self: '192.168.1.8' }
  gateway.start()
  await pass(10_000)
  expect(gateway.report.state).toBe('mapped')
  expect(keys()).toEqual(both)
  route = undefined
  gateway.start()
  await pass(10_000)
  expect(gateway.report).toMatchObject({ state: 'none' })
})

test('what is stopped while it opens ports closes those that are open', async () => {
  gateway.start()
  for (let i = 0; i < 20_000 && router.entries.size === 0; i++) await pass(0.2)
  expect(router.entries.size).toBe(1)
  const stopped = gateway.stop()
  await pass(2_000)
  await stopped
  expect(keys()).toEqual([])
})

test('why not to ask', () => {
  const wishes = { portMapping: true, lanOnly: false, hosts: ['0.0.0.0', '::'] }
  const own = ['127.0.0.1', '192.168.1.7', '2001:db8::1']
  expect(reasonNotToMap(wishes, own)).toBeUndefined()
  expect(reasonNotToMap({ ...wishes, portMapping: false }, own)).toBe('config')
  expect(reasonNotToMap({ ...wishes, lanOnly: true }, own)).toBe('lan-only')
  for (const hosts of [[], ['::']]) expect(reasonNotToMap({ ...wishes, hosts }, own)).toBe('not-listening')
  expect(reasonNotToMap({ ...wishes, hosts: ['127.0.0.1'] }, own)).toBe('loopback')
  expect(reasonNotToMap(wishes, [...own, '8.8.8.8'])).toBe('public')
  expect(reasonNotToMap({ ...wishes, hosts: ['192.168.1.7'] }, [...own, '8.8.8.8'])).toBeUndefined()
})

test('a router that counts seconds as we do has not restarted', () => {
  const watch = new EpochWatch()
  expect(watch.restarted(1_000, 0)).toBe(false)
  expect(watch.restarted(1_100, 100_000)).toBe(false)
  expect(watch.restarted(1_099, 100_000)).toBe(false)
  expect(watch.restarted(5, 160_000)).toBe(true)
  expect(watch.restarted(65, 220_000)).toBe(false)
  expect(watch.restarted(65 + 3_600, 280_000)).toBe(true)
  expect(watch.restarted(65 + 3_600 + 60, 900_000)).toBe(true)
})
