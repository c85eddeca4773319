import { expect, test } from 'vitest'
import { decodeKrpc, encodeKrpc } from '../../wire/index.ts'
import type { Dht } from './dht.ts'
import { SimulatedDht } from './simulated-dht.ts'

/** Runs virtual time until a promise settles; promises need real turns of the event loop in between. */
async function run<T>(net: SimulatedDht, work: Promise<T>, mostMs = 120_000): Promise<T> {
  let settled = false
  const done = work.finally(() => {
    settled = true
  })
  const until = net.world.now() + mostMs
  while (!settled && net.world.now() < until) {
    net.world.advance(10)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(settled, 'it ends in time').toBe(true)
  return await done
}

async function find(
  net: SimulatedDht,
  dht: Dht,
  name: Uint8Array,
  announcePort?: number,
): Promise<Set<string>> {
  const found = new Set<string>()
  const { signal } = new AbortController()
  await run(
    net,
    dht.getPeers(name, {
      signal,
      announcePort,
      onPeers: peers => {
        for (const { address } of peers) found.add(address)
      },
    }),
  )
  return found
}

async function grow(net: SimulatedDht, count: number): Promise<Dht[]> {
  const nodes: Dht[] = []
  for (let i = 0; i < count; i++) {
    const known = i === 0 ? [] : [net.world.random.below(i), net.world.random.below(i)]
    nodes.push(net.join(i, known))
  }
  // Everybody looks for something once, and so enters.
  await run(net, Promise.all(nodes.map(one => one.getPeers(net.world.random.bytes(20), quiet()))), 600_000)
  return nodes
}

function quiet(): { signal: AbortSignal; onPeers: () => void } {
  return { signal: new AbortController().signal, onPeers: () => undefined }
}

test('whoever announces is found by others, though packets are lost and nodes go', async () => {
  const seed = 7
  const net = new SimulatedDht(seed, 0.02)
  const nodes = await grow(net, 90)
  let hits = 0
  const tries = 25
  const names = Array.from({ length: tries }, () => net.world.random.bytes(20))
  for (const [i, name] of names.entries()) await find(net, nodes[i]!, name, 6881)
  // One in ten is gone without a word.
  for (let i = 5; i < nodes.length; i += 10) nodes[i]!.stop()
  for (const [i, name] of names.entries()) {
    const seeker = nodes[50 + (i % 4) * 10]!
    if ((await find(net, seeker, name)).has(net.address(i))) hits++
  }
  expect(hits, `seed ${seed}`).toBeGreaterThanOrEqual(tries * 0.97)
}, 60_000)

test('a forged answer, from elsewhere or with a guessed number, changes nothing', async () => {
  const net = new SimulatedDht(11)
  const id = net.world.random.bytes(20)
  const asked: Uint8Array[] = []
  let forge: (bytes: Uint8Array, to: { address: string; port: number }) => void = () => undefined
  net.attach(1, bytes => {
    const query = decodeKrpc(bytes)
    asked.push(query.transaction)
    const liar = { type: 'response', id, nodes: [], peers: [{ address: '9.9.9.9', port: 9 }] } as const
    forge(encodeKrpc({ ...liar, transaction: query.transaction }), { address: net.address(0), port: 6881 })
  })
  forge = net.attach(2, () => undefined)
  const dht = net.join(0, [1], { queryTimeoutMs: 2_000 })
  const found = await find(net, dht, net.world.random.bytes(20))
  expect(asked.length).toBeGreaterThan(0)
  expect(found.size).toBe(0)
  expect(dht.size).toBe(0)
})

test('announcing takes a token that was given to the same address', async () => {
  const net = new SimulatedDht(13)
  net.join(0, [])
  const id = net.world.random.bytes(20)
  const target = net.world.random.bytes(20)
  const answers: ReturnType<typeof decodeKrpc>[] = []
  const send = net.attach(1, bytes => answers.push(decodeKrpc(bytes)))
  const to = { address: net.address(0), port: 6881 }
  const query = { type: 'query', transaction: Uint8Array.of(1), id, target } as const
  const ask = async (more: object): Promise<ReturnType<typeof decodeKrpc>> => {
    answers.length = 0
    send(encodeKrpc({ ...query, ...more } as never), to)
    net.world.advance(500)
    const [answer] = answers.filter(one => one.type !== 'query')
    return answer!
  }
  const bad = await ask({ method: 'announce_peer', token: Uint8Array.of(1, 2, 3), port: 5 })
  expect(bad).toMatchObject({ type: 'error', code: 203 })
  const { token } = (await ask({ method: 'get_peers' })) as { token: Uint8Array }
  expect(await ask({ method: 'announce_peer', token, port: 5 })).toMatchObject({ type: 'response' })
  expect(await ask({ method: 'get_peers' })).toMatchObject({ peers: [{ address: net.address(1), port: 5 }] })
  // Two turns of the secret later it is worth nothing.
  net.world.advance(11 * 60_000)
  expect(await ask({ method: 'announce_peer', token, port: 5 })).toMatchObject({ type: 'error' })
})

test('one address gets so many answers in a second and no more', () => {
  const net = new SimulatedDht(17)
  net.join(0, [], { maxQueriesPerAddress: 5 })
  let answers = 0
  const send = net.attach(1, bytes => {
    if (decodeKrpc(bytes).type === 'response') answers++
  })
  for (let i = 0; i < 50; i++)
    send(
      encodeKrpc({
        type: 'query',
        transaction: Uint8Array.of(i),
        method: 'ping',
        id: new Uint8Array(20).fill(3),
      }),
      { address: net.address(0), port: 6881 },
    )
  net.world.advance(400)
  expect(answers).toBe(5)
})

test('an idle node costs less than 20 kbit/s', async () => {
  const net = new SimulatedDht(19)
  await grow(net, 24)
  net.bytes = 0
  const seconds = 1_000
  for (let i = 0; i < seconds; i++) {
    net.world.advance(1_000)
    if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  expect((net.bytes * 8) / seconds / 24).toBeLessThan(20_000)
}, 60_000)
