/**
 * Announces to the tracker of a peer in a process of its own, over UDP and HTTP, and prints how many it answers in a second of its own CPU time
 * (what one core could do), and what 100,000 peers cost in memory. `node --expose-gc bench/micro/tracker.ts [announces=200000]`
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { systemWorld } from '../../src/base/index.ts'
import { createNetwork } from '../../src/network/index.ts'
import { startTracker, trackerConfig } from '../../src/services/tracker/index.ts'
import { encodeUdpAnnounce, encodeUdpConnect } from '../../src/wire/index.ts'

const [announces = '200000', role = 'load'] = process.argv.slice(2)
const total = Number(announces)
const contents = 1_000
const atOnce = 64
const hashes = Array.from({ length: contents }, (_, i) => {
  const hash = new Uint8Array(20)
  new DataView(hash.buffer).setUint32(0, i + 1)
  return hash
})
const bounds = {
  maxPeersPerAddress: 1_000_000,
  maxPortsPerAddress: 1_000,
  maxRequestsPerConnection: 1_000_000,
}

async function serve(): Promise<void> {
  const network = await createNetwork({
    identity: { seed: crypto.getRandomValues(new Uint8Array(32)) },
    world: systemWorld,
    config: { hosts: ['127.0.0.1'], mdns: false },
  })
  const { state } = startTracker({
    world: systemWorld,
    network,
    config: trackerConfig.parse({ enabled: true, ...bounds }),
    isOwn: () => false,
    keepEnabled: async () => undefined,
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuSeconds: (user + system) / 1e6, ...state.status() })
  })
  process.send?.({ port: network.port })
}

async function overUdp(port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.send(encodeUdpConnect(1))
  const [answer] = (await once(socket, 'message')) as [Buffer]
  const connection = answer.readBigUInt64BE(8)
  let sent = 0
  let answered = 0
  const more = (): void => {
    const request = {
      infoHash: hashes[sent % contents]!,
      peerId: hashes[0]!,
      uploaded: 0,
      downloaded: 0,
      left: 1,
    }
    const peer = { port: 1 + (Math.floor(sent / contents) % 100), wanted: 50, key: 1 }
    socket.send(encodeUdpAnnounce(connection, sent++, { ...request, ...peer }, '/announce'))
  }
  for (let i = 0; i < atOnce; i++) more()
  await new Promise<void>(resolve => {
    socket.on('message', () => {
      if (++answered >= total) resolve()
      else if (sent < total + atOnce) more()
    })
  })
  socket.close()
}

async function overHttp(port: number, count: number): Promise<void> {
  const each = Math.floor(count / 8)
  const one = async (first: number): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    let sent = 0
    const more = (): void => {
      const hash = Buffer.from(hashes[(first + sent) % contents]!)
        .toString('hex')
        .replace(/../g, '%$&')
      const query = `info_hash=${hash}&peer_id=-XX0000-aaaaaaaaaaaa&port=${1 + (sent % 100)}&uploaded=0&downloaded=0&left=1&compact=1&numwant=50`
      socket.write(
        `GET /announce?${query} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench/1.0\r\nAccept-Encoding: gzip\r\n\r\n`,
      )
      sent++
    }
    more()
    await new Promise<void>(resolve => {
      socket.on('data', () => {
        if (sent >= each) resolve()
        else more()
      })
    })
    socket.destroy()
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => one(i * 100)))
}

async function load(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), [announces, 'serve'])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const ask = async (): Promise<{ cpuSeconds: number; announces: number }> => {
    child.send('?')
    const [status] = (await once(child, 'message')) as [{ cpuSeconds: number; announces: number }]
    return status
  }
  for (const [name, act] of [
    ['UDP', () => overUdp(port)],
    ['HTTP', () => overHttp(port, total / 4)],
  ] as const) {
    const before = await ask()
    const began = performance.now()
    await act()
    const seconds = (performance.now() - began) / 1000
    const after = await ask()
    const done = after.announces - before.announces
    const cpu = after.cpuSeconds - before.cpuSeconds
    console.log(
      `${name.padEnd(5)} ${Math.round(done / cpu)} announces a CPU second  (${Math.round(done / seconds)} a second here)`,
    )
  }
  child.kill()
  await memory()
}

/** 100,000 peers in 1,000 contents, each at an address of its own. */
async function memory(): Promise<void> {
  const { Swarms } = await import('../../src/services/tracker/swarms.ts')
  const swarms = new Swarms(systemWorld, trackerConfig.parse(bounds))
  const used = (): number => {
    globalThis.gc?.()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  for (let i = 0; i < 100_000; i++) {
    const compact = Uint8Array.of(20, i >> 16, (i >> 8) & 255, i & 255, 1, 1)
    swarms.announce({
      infoHash: hashes[i % contents]!,
      compact,
      isSeed: i % 3 === 0,
      event: undefined,
      wanted: { 4: 0, 6: 0 },
    })
  }
  console.log(`100,000 peers: ${((used() - before) / 1e6).toFixed(1)} MB (${swarms.peers} kept)`)
}

await (role === 'serve' ? serve() : load())
