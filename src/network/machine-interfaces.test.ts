import { networkInterfaces } from 'node:os'
import { getThinWaistAddresses } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test, vi } from 'vitest'
import { ipsBehind, machineInterfaces } from './machine-interfaces.ts'

vi.mock('node:os', async original => {
  const real = await original<typeof import('node:os')>()
  return { ...real, networkInterfaces: vi.fn(real.networkInterfaces) }
})

// A daemon whose file descriptors had run out ended when its timer looked at the interfaces.
test('the interfaces are those of before while the system does not tell them', () => {
  const before = machineInterfaces()
  expect(before).toEqual(networkInterfaces())
  vi.mocked(networkInterfaces).mockImplementationOnce(() => {
    throw new Error('uv_interface_addresses returned Unknown system error 24')
  })
  expect(machineInterfaces()).toEqual(before)
})

test.each(['0.0.0.0', '::', '127.0.0.1', '::1'])('who listens on %s is found where libp2p says so', host => {
  const address = multiaddr(`/ip${host.includes(':') ? 6 : 4}/${host}/tcp/1`)
  const ips = getThinWaistAddresses(address, 1).map(one => one.toString().split('/')[2])
  expect(ipsBehind(host)).toEqual(ips)
})
