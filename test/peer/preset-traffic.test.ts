import { Socket as UdpSocket } from 'node:dgram'
import { Socket } from 'node:net'
import UDX from 'udx-native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

// What each preset tells whom, seen where it leaves the process: nothing gets further than that, but for loopback.

const asked = vi.hoisted((): string[] => [])
vi.mock('node:dns/promises', async original => ({
  ...(await original<typeof import('node:dns/promises')>()),
  lookup: async (name: string) => {
    if (/^[\d.]+$/.test(name)) return [{ address: name, family: 4 }]
    asked.push(name)
    throw Object.assign(new Error('nobody is asked here'), { code: 'ENOTFOUND' })
  },
}))

let peers: Peers

/** Addresses outside this machine to which something was sent. */
let sent: Set<string>
const isHere = (address: string): boolean => address === '::1' || address.startsWith('127.')

beforeEach(() => {
  peers = new Peers()
  sent = new Set()
  asked.length = 0
  const send = UdpSocket.prototype.send as (...args: unknown[]) => void
  vi.spyOn(UdpSocket.prototype, 'send').mockImplementation(function (this: UdpSocket, ...args: unknown[]) {
    const address = String(args.findLast(one => typeof one === 'string'))
    if (isHere(address)) send.apply(this, args)
    else sent.add(address)
  })
  const udx = Object.getPrototypeOf(new UDX().createSocket()) as Record<
    'send',
    (bytes: Uint8Array, port: number, host: string) => Promise<boolean>
  >
  const sendUdx = udx.send
  vi.spyOn(udx, 'send').mockImplementation(async function (this: unknown, bytes, port, host) {
    if (isHere(host)) return await sendUdx.call(this, bytes, port, host)
    sent.add(host)
    return true
  })
  const connect = Socket.prototype.connect as (...args: unknown[]) => Socket
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as { host?: string; path?: string }[]
    if (first?.host === undefined || isHere(first.host)) return connect.apply(this, args)
    sent.add(first.host)
    return this.destroy(new Error('nobody is dialled here'))
  })
})
afterEach(async () => {
  await peers.end()
  vi.restoreAllMocks()
})

/** Where the public networks begin, for this test. */
const [node, tracker, gateway] = ['5.6.7.1', '5.6.8.2', '5.6.9.3']

/** Runs a peer that shares something of each kind, and lets it be for a while. */
async function run(preset: string): Promise<{ peer: Peer; refused: string }> {
  const peer = await peers.start(
    preset,
    {
      preset,
      'dht.bootstrap': [`${node}:6881`, 'dht.example.org:6881'],
      'kademlia.bootstrap': [
        `/ip4/${gateway}/tcp/4001/p2p/12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR`,
      ],
    },
    { transports: 'tcp' },
  )
  const path = makeTree(peers.path(`Private ${preset}`), { x: bytesOf(1, 50_000) })
  await share(peer, path, { who: ['secret'] })
  const open = makeTree(peers.path(`Open ${preset}`), { y: bytesOf(2, 50_000) })
  const refused = await codeOf(share(peer, open, { public: true, tracker: [`udp://${tracker}:80`] }))
  return { peer, refused }
}

const isMulticast = (address: string): boolean => /^(2(2[4-9]|3\d)\.|ff)/i.test(address)
const isLocal = (address: string): boolean =>
  isMulticast(address) || /^(10|192\.168|172|169\.254|f[cde])/i.test(address)

/** What is begun at the start and by a share has shown itself by then: twice what the first test waited for it, on a machine as busy as this one. */
let whileMs = 4_000
const aWhile = (): Promise<void> => new Promise(resolve => setTimeout(resolve, whileMs))

test('open: the DHT, a tracker and the peers to begin with are asked, once something is public', async () => {
  expect((await run('open')).refused).toBe('none')
  const began = performance.now()
  await expect
    .poll(() => [node, tracker, gateway].filter(address => sent.has(address!)), { timeout: 15_000 })
    .toEqual([node, tracker, gateway])
  whileMs = Math.max(whileMs, 2 * (performance.now() - began))
  expect(asked).toContain('dht.example.org')
}, 30_000)

test('circle: nobody outside is told anything, also not of what is public', async () => {
  await run('circle')
  await aWhile()
  expect([...sent].filter(address => !isMulticast(address))).toEqual([])
  expect(asked).toEqual([])
}, 60_000)

test('lan: only the local networks hear of this peer', async () => {
  await run('lan')
  await aWhile()
  expect([...sent].filter(address => !isLocal(address))).toEqual([])
  expect([...sent].filter(isMulticast)).not.toEqual([])
  expect(asked).toEqual([])
}, 60_000)
