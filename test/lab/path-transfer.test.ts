import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchFirstByte } from '../../bench/first-byte-watch.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { formatLink, parseLink } from '../../src/content/index.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'
import type { Machine } from './router.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const port = 4001
const size = 8_000_000
/** What is asked for is 300 on a machine that does nothing else. */
const firstByteMs = 600

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peerage-path-'))
})
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))

const quiet = { 'network.portMapping': false, 'bittorrent.dht': false, 'bittorrent.lsd': false }

interface Row {
  readonly bytes: number
  readonly completedAt?: number
  readonly downBytes: number
  readonly peers: readonly { readonly path: string }[]
}

const startOn = (name: string, run: Machine['run'], set: object, on = port): Promise<PeerageDaemon> =>
  startPeerage(join(root, name), { port: on, start: command => run(command), set: { ...quiet, ...set } })

async function shared(owner: PeerageDaemon): Promise<{ link: string; hash: string }> {
  const bytes = randomBytes(size)
  await writeFile(join(root, 'film.bin'), bytes)
  const { link } = (await owner.call('files.share', { path: join(root, 'film.bin') })) as { link: string }
  return { link, hash: createHash('sha256').update(bytes).digest('hex') }
}

const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

test.skipIf(missing !== undefined)(
  `a transfer that begins through a relay goes on directly without a break${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 4, uplinkMbit: 8, rttMs: 40, internet: true })
    const [left, right] = [await lab.behind(2, 'port-restricted'), await lab.behind(3, 'port-restricted')]
    const points = await Promise.all([0, 1].map(host => relayOn(lab, host)))
    await using _first = points[0]!
    await using _second = points[1]!
    const relays = await Promise.all(points.map(async point => (await addressesOf(point))[0]!))
    await using owner = await startOn('owner', left.run, {
      'relay.use': 'always',
      'relay.relays': relays.join(),
    })
    const relayed = await until(async () => {
      const found = (await addressesOf(owner)).filter(address => address.includes('/p2p-circuit'))
      return found.length > 1 ? found : undefined
    })
    const { link, hash } = await shared(owner)
    await using getter = await startOn('getter', right.run, {})
    const only = formatLink({ ...parseLink(link), peers: relayed })
    await getter.call('files.get', { link: only, into: join(root, 'into'), background: true })
    const paths: string[] = []
    let last = { bytes: 0, at: 0 }
    let longestPauseMs = 0
    const row = await until(async () => {
      const [now] = (await getter.call('files.list')) as readonly Row[]
      const path = now?.peers[0]?.path
      if (path !== undefined && paths.at(-1) !== path) paths.push(path)
      if (now !== undefined && now.bytes > last.bytes) {
        if (last.bytes > 0) longestPauseMs = Math.max(longestPauseMs, performance.now() - last.at)
        last = { bytes: now.bytes, at: performance.now() }
      }
      return now?.completedAt === undefined ? undefined : now
    })
    console.log(`longest pause ${Math.round(longestPauseMs)} ms, ${row.downBytes} of ${size} bytes fetched`)
    expect(paths).toEqual(['relayed', 'direct'])
    expect(longestPauseMs).toBeLessThan(3_000)
    expect(row.downBytes).toBeLessThan(size * 1.1)
    expect(await hashOf(join(root, 'into', 'film.bin'))).toBe(hash)
  },
)

test.skipIf(missing !== undefined)(
  `two peers behind one router meet on their own network, with the first bytes at once${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 1, uplinkMbit: 50, rttMs: 40, internet: true })
    const machine = await lab.behind(0, 'port-restricted')
    await using owner = await startOn('owner', machine.run, {})
    const { link } = await shared(owner)
    let count = 0
    /** Until the first byte is there, the best of three: other work of this machine is not what is measured. */
    const firstByte = async (path: string, place: () => Machine['run'], on?: number): Promise<number> => {
      const times: number[] = []
      for (let i = 0; i < 3; i++) {
        const name = `getter-${count++}`
        await using getter = await startOn(name, place(), {}, on)
        const into = join(root, `into-${name}`)
        await mkdir(into)
        using watch = watchFirstByte(into)
        const began = performance.now()
        for await (const _ of getter.stream('files.get', { link, into }));
        times.push((await watch.seenAt) - began)
        const [row] = (await getter.call('files.list')) as readonly Row[]
        expect(row?.peers.map(one => one.path)).toContain(path)
      }
      console.log(`first bytes (${path}) after ${times.map(Math.round).join(', ')} ms`)
      return Math.min(...times)
    }
    const overLan = await firstByte('lan', () => machine.neighbour().run)
    // A machine may be so busy that it takes as long with no network between the two; a way that is tried in vain takes longer.
    const atMost =
      overLan < firstByteMs ? firstByteMs : 1.5 * (await firstByte('loopback', () => machine.run, port + 1))
    expect(overLan).toBeLessThan(atMost)
  },
)

function relayOn(lab: Lab, host: number): Promise<PeerageDaemon> {
  const set = { 'relay.relayFor': 'everyone', 'relay.use': 'never' }
  return startOn(`relay-${host}`, command => lab.run(host, command), set)
}

async function addressesOf(daemon: PeerageDaemon): Promise<readonly string[]> {
  const { addresses } = (await daemon.call('daemon.status')) as { addresses: readonly string[] }
  return addresses
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await pause(50)
  }
}
