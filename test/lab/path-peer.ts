/**
 * A network alone, without the program around it: `node path-peer.ts relay|peer PORT RELAY...`. Says `ready` with its addresses (a peer: once it is reachable
 * through every relay and has been told where it is seen), then does what each line on its input asks and answers with a line of JSON.
 */
import { createInterface } from 'node:readline'
import { systemWorld } from '../../src/base/index.ts'
import { createNetwork, type Network } from '../../src/network/index.ts'

/** How one way to a peer came about. */
export interface Way {
  /** Until a stream stood, through the relay or not, and over what. */
  readonly openMs: number
  readonly opened: string
  /** From then until there was a direct connection; absent when none came. */
  readonly directMs?: number
  readonly path: string
  readonly address?: string
  readonly reason?: string
}

const protocol = '/peerage-lab/1'
const patienceMs = 9_000
const [role, port, ...relays] = process.argv.slice(2)

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

async function until<Value>(
  look: () => Value | undefined | false,
  patience = 20_000,
): Promise<Value | undefined> {
  const end = performance.now() + patience
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) return undefined
    await pause(10)
  }
}

async function way(network: Network, peer: string, addresses: readonly string[]): Promise<Way> {
  const began = performance.now()
  const better = new Promise<number>(resolve =>
    network.on('path-changed', event => {
      if (event.peer === peer) resolve(performance.now())
    }),
  )
  const stream = await network.open(addresses, protocol)
  const openedAt = performance.now()
  const failed = until(() => network.punched(peer)?.outcome === 'failed', patienceMs)
  const directAt = await Promise.race([better, failed.then(() => pause(300)).then(() => undefined)])
  const [best] = network
    .connections()
    .filter(one => one.peer === peer)
    .sort((a, b) => Number(a.path === 'relayed') - Number(b.path === 'relayed'))
  stream.abort(new Error('That was it.'))
  const reason = network.punched(peer)?.reason
  return {
    openMs: openedAt - began,
    opened: stream.path,
    ...(directAt !== undefined && { directMs: directAt - openedAt }),
    path: best?.path ?? 'none',
    ...(best !== undefined && { address: best.address }),
    ...(reason !== undefined && { reason }),
  }
}

const network = await createNetwork({
  identity: { seed: crypto.getRandomValues(new Uint8Array(32)) },
  world: systemWorld,
  config: { port: Number(port), mdns: false },
  relay:
    role === 'relay'
      ? { relayFor: 'everyone', use: 'never' }
      : { use: 'always', relays, maxUsed: relays.length },
})
network.relay.setPolicy({ mayRelay: () => 'friend', isKnown: () => true })
network.handle(protocol, stream => stream.onData(() => undefined))
if (role === 'peer') {
  const reserved = (): boolean =>
    network.addresses().filter(address => address.includes('/p2p-circuit')).length >= relays.length
  if (!(await until(reserved))) throw new Error('No relay takes it.')
  await until(() => network.reachability.nat.some(({ kind }) => kind !== 'unknown'), 3_000)
}
console.log(
  JSON.stringify({ peer: network.peerId, addresses: network.addresses(), nat: network.reachability.nat }),
)
for await (const line of createInterface({ input: process.stdin })) {
  const { peer, addresses } = JSON.parse(line)
  way(network, peer, addresses).then(
    found => console.log(JSON.stringify({ peer, ...found })),
    error =>
      console.log(
        JSON.stringify({ peer, opened: 'none', path: 'none', openMs: 0, reason: String(error.message) }),
      ),
  )
}
await network.stop()
