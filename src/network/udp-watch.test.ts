import { createSocket } from 'node:dgram'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import koffi from 'koffi'
import { afterEach, expect, test } from 'vitest'
import { systemWorld, VirtualWorld } from '../base/index.ts'
import { createNetwork } from './create-network.ts'
import { Egress } from './egress/index.ts'
import { findListenPort } from './listen-port.ts'
import { UdpSocket } from './udp-socket.ts'
import { type UdpState, UdpWatch } from './udp-watch.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 10))

/** Puts something that is no socket in the place of the UDP socket on that port of this process, as if the system had taken it away. */
function kill(port: number): void {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const line = readFileSync('/proc/self/net/udp', 'utf8')
    .split('\n')
    .find(row => row.includes(`0100007F:${hex}`))
  const inode = line!.trim().split(/\s+/)[9]
  const fd = readdirSync('/proc/self/fd').find(name => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`
    } catch {
      return false
    }
  })
  const nothing = openSync('/dev/null', 'r')
  const libc = koffi.load('libc.so.6')
  libc.func('int dup2(int from, int to)')(nothing, Number(fd))
  closeSync(nothing)
}

async function pass(world: VirtualWorld, looks: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    world.advance(3_000)
    await turn()
  }
}

async function open(): Promise<UdpSocket> {
  const place = await findListenPort(new Egress({ lanOnly: false }), ['127.0.0.1'], 0)
  const socket = await UdpSocket.open({ ...place, mayReach: () => true })
  ends.push(() => socket.close())
  return socket
}

const onLinux = test.skipIf(process.platform !== 'linux')

onLinux('a dead socket is opened anew at the same port, and what was claimed goes on', async () => {
  const world = new VirtualWorld(1)
  const socket = await open()
  const told: UdpState[] = []
  const watch = new UdpWatch({ world, socket, onChange: state => told.push(state) })
  const heard: string[] = []
  socket.claim({ name: 'all', matches: () => true, receive: bytes => heard.push(String(bytes)) })
  const before = socket.socketFor({ address: '127.0.0.1', port: 1 })
  await pass(world, 2)
  kill(socket.port)
  await pass(world, 2)
  expect(told).toEqual([])
  await pass(world, 3)
  await expect.poll(() => told).toEqual([{ isUp: true }])
  expect(socket.socketFor({ address: '127.0.0.1', port: 1 })).not.toBe(before)
  const other = createSocket('udp4')
  ends.push(async () => other.close())
  other.send('after', socket.port, '127.0.0.1')
  await expect.poll(() => heard).toEqual(['after'])
  watch.stop()
})

test('one to which nothing comes but what it sends to itself is left alone', async () => {
  const world = new VirtualWorld(1)
  const socket = await open()
  const told: UdpState[] = []
  const watch = new UdpWatch({ world, socket, onChange: state => told.push(state) })
  await pass(world, 20)
  expect(told).toEqual([])
  watch.stop()
})

test('where it does not help it is tried ever less often, until the port is free and the network another', async () => {
  const world = new VirtualWorld(1)
  const tries: number[] = []
  let taken = true
  const socket = {
    look: (): 'dead' => 'dead',
    reopen: async () => {
      tries.push(world.now())
      if (taken) throw new Error('EADDRINUSE')
    },
  }
  const told: UdpState[] = []
  const watch = new UdpWatch({ world, socket, onChange: state => told.push(state) })
  for (let look = 0; look < 60; look++) {
    world.advance(3_000)
    await turn()
  }
  const pauses = tries.slice(1).map((at, n) => at - tries[n]!)
  expect(pauses).toEqual([3_000, 6_000, 12_000, 24_000, 48_000, 60_000])
  expect(told.at(-1)).toEqual({ isUp: false, problem: 'EADDRINUSE' })
  taken = false
  watch.startOver()
  world.advance(3_000)
  await turn()
  expect(told.at(-1)).toEqual({ isUp: true })
  watch.stop()
})

onLinux('others connect over UDX again to a peer whose socket had died', async () => {
  const world = new VirtualWorld(3)
  const make = async (own: VirtualWorld | typeof systemWorld): ReturnType<typeof createNetwork> => {
    const network = await createNetwork({
      identity: { seed: systemWorld.random.bytes(32) },
      world: own,
      config: { hosts: ['127.0.0.1'], mdns: false, portMapping: false },
      relay: { use: 'never' },
    })
    ends.push(() => network.stop())
    return network
  }
  const [listener, dialler] = [await make(world), await make(systemWorld)]
  listener.handle('/test/1', stream => stream.close())
  const over = listener.addresses().filter(address => address.includes('/udx'))
  const told = nextState(listener)
  await pass(world, 2)
  kill(listener.port!)
  await pass(world, 6)
  expect(await told).toEqual({ isUp: true })
  const stream = await dialler.open(over, '/test/1')
  expect(stream.peer).toBe(listener.peerId)
})

function nextState(network: Awaited<ReturnType<typeof createNetwork>>): Promise<UdpState> {
  return new Promise(resolve => network.on('udp-changed', ({ state }) => resolve(state)))
}
