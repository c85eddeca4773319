import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { systemWorld } from '../src/base/index.ts'
import { Dht, dhtConfig } from '../src/bittorrent/dht/index.ts'
import type { Datagrams, Endpoint } from '../src/network/index.ts'
import { LoopbackDatagrams } from '../test/interop/bittorrent-dht/loopback-datagrams.ts'
import { startPeerage } from './peerage-daemon.ts'
import { usageOf } from './process-usage.ts'
import type { Scenario } from './scenario.ts'
import { writeRandomFile } from './test-data.ts'

const settleMs = 15_000
/** Each node looks for a swarm so often, as a client does that has a few torrents. */
const searchMs = 60_000
/** Headers of IPv4 and UDP. */
const headerBytes = 28

/** What it costs to be one of the nodes of the DHT. */
export const dht: Scenario = {
  name: 'dht',
  summary: 'CPU and traffic of an idle daemon with one public content, in a DHT of 80 nodes',
  opponents: [],
  async prepare(options) {
    const count = options.size ?? (options.smoke ? 12 : 80)
    const watchMs = options.smoke ? 2000 : 60_000
    const network = await startNodes(count)
    const root = await mkdtemp(join(tmpdir(), 'peerage-bench-dht-'))
    let home = 0
    return {
      systems: ['peerage'],
      async measure() {
        const folder = join(root, `${home++}`)
        await mkdir(folder)
        await using daemon = await startPeerage(join(folder, 'home'), {
          set: { 'network.mdns': false, 'bittorrent.lsd': false, 'dht.bootstrap': network.bootstrap },
        })
        await writeRandomFile(join(folder, 'content'), 100_000)
        await daemon.call('files.share', { path: join(folder, 'content'), public: true })
        await entered(network)
        await pause(options.smoke ? 0 : settleMs)
        const before = { ...usageOf(daemon.pid), ...network.traffic() }
        await pause(watchMs)
        const after = { ...usageOf(daemon.pid), ...network.traffic() }
        const bits = (after.bytes - before.bytes) * 8
        return {
          'CPU %': ((after.cpuSeconds - before.cpuSeconds) * 100_000) / watchMs,
          'kbit/s': bits / watchMs,
          'packets/s': ((after.packets - before.packets) * 1000) / watchMs,
          nodes: network.nodesWithStranger(),
        }
      },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        return [
          { what: 'percent of a core', value: mine['CPU %'] ?? Number.NaN, limit: 1 },
          { what: 'kbit/s, both ways and headers counted', value: mine['kbit/s'] ?? Number.NaN, limit: 20 },
        ]
      },
      async [Symbol.asyncDispose]() {
        network.stop()
        await rm(root, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  },
}

/** Waits until somebody in the DHT knows the daemon. */
async function entered(network: Nodes): Promise<void> {
  const deadline = performance.now() + 60_000
  while (network.nodesWithStranger() === 0) {
    if (performance.now() > deadline) throw new Error('nobody in the DHT has come to know the daemon')
    await pause(100)
  }
}

interface Nodes {
  /** `host:port` of the first. */
  readonly bootstrap: string
  /** What went between the nodes and others than themselves, which is the daemon alone. */
  traffic(): { bytes: number; packets: number }
  /** How many know somebody who is none of them. */
  nodesWithStranger(): number
  stop(): void
}

async function startNodes(count: number): Promise<Nodes> {
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, i) => LoopbackDatagrams.open(`127.0.1.${i + 1}`)),
  )
  const isOurs = (address: string): boolean => address.startsWith('127.0.1.')
  let bytes = 0
  let packets = 0
  const note = (packet: Uint8Array, { address }: Endpoint): void => {
    if (isOurs(address)) return
    packets += 1
    bytes += packet.length + headerBytes
  }
  const first = { address: '127.0.1.1', port: sockets[0]!.port }
  const nodes = sockets.map(
    socket =>
      new Dht({
        world: systemWorld,
        datagrams: counted(socket, note),
        config: dhtConfig.parse({ bootstrap: ['first'] }),
        resolve: async () => [first],
      }),
  )
  const ended = new AbortController()
  const search = (node: Dht): void =>
    void node
      .getPeers(randomBytes(20), { signal: ended.signal, onPeers: () => undefined })
      .catch(() => undefined)
  const timers = nodes.map(node => {
    node.start()
    search(node)
    return systemWorld.every(searchMs * (0.8 + Math.random() * 0.4), () => search(node))
  })
  return {
    bootstrap: `${first.address}:${first.port}`,
    traffic: () => ({ bytes, packets }),
    nodesWithStranger: () =>
      nodes.filter(node => node.contacts().some(({ address }) => !isOurs(address))).length,
    stop() {
      ended.abort()
      for (const timer of timers) timer.cancel()
      for (const node of nodes) node.stop()
      for (const socket of sockets) socket.close()
    },
  }
}

/** The same socket; each packet is shown to `note` first. */
function counted(socket: Datagrams, note: (packet: Uint8Array, other: Endpoint) => void): Datagrams {
  return {
    families: socket.families,
    port: socket.port,
    send(packet, to) {
      note(packet, to)
      socket.send(packet, to)
    },
    claim: protocol =>
      socket.claim({
        ...protocol,
        receive(packet, from) {
          note(packet, from)
          protocol.receive(packet, from)
        },
      }),
  }
}
