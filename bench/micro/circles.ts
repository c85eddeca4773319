/**
 * Circles on a real disk: how long the start takes with many of them, what one question costs, and what the largest roster costs that bounds
 * allow, and how long nobody else has a turn meanwhile. Prints CPU milliseconds of this process. `node --expose-gc bench/micro/circles.ts [circles=1000] [members=100]`
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Circles, type Identity, identityFromSeed, rosterLimits } from '../../src/access/index.ts'
import { systemWorld } from '../../src/base/index.ts'
import { openStore, storeConfig } from '../../src/store/index.ts'

const [circles = 1000, members = 100] = process.argv.slice(2).map(Number)
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'peerage-circles-'))
const key = (n: number): Identity =>
  identityFromSeed(Uint8Array.from({ length: 32 }, (_, at) => (n >> (at * 8)) & 255))
const owner = key(1)
const open = async (): ReturnType<typeof openStore> =>
  openStore({ home, world: systemWorld, config: storeConfig.parse({}) })

function measure<T>(name: string, run: () => T): T {
  const before = process.cpuUsage()
  const value = run()
  const print = (): void => {
    const { user, system } = process.cpuUsage(before)
    console.log(`${name.padEnd(58)} ${((user + system) / 1000).toFixed(1)} ms`)
  }
  if (value instanceof Promise) value.then(print)
  else print()
  return value
}

/** The same of what gives turns, and the longest time without one. */
async function measureTurns(name: string, run: () => unknown): Promise<void> {
  let longest = 0
  let last = process.threadCpuUsage()
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(last)
    longest = Math.max(longest, (user + system) / 1000)
    last = process.threadCpuUsage()
  }
  const looks = setInterval(look, 1)
  await measure(name, async () => {
    await run()
    look()
  })
  clearInterval(looks)
  console.log(`${'  longest without a turn for others'.padEnd(58)} ${longest.toFixed(1)} ms`)
}

function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

const some = (from: number, count: number, role: 'member' | 'removed'): Record<string, typeof role> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [key(100 + from + i).peerId, role]))

const options = { identity: owner, world: systemWorld, max: 10_000 }
let store = await open()
const made = new Circles({ ...options, state: store.state })
measure(`making ${circles} circles of ${members}, ten people at a time`, () => {
  for (let at = 0; at < circles; at++) {
    const { id } = made.create(`circle ${at}`)
    for (let from = 0; from < members - 1; from += 10)
      made.change(id, { roles: some(at + from, Math.min(10, members - 1 - from), 'member') })
  }
})
await store.close()

store = await open()
const before = memory()
const again = measure('starting with them', () => new Circles({ ...options, state: store.state }))
console.log(`${'memory that they take'.padEnd(58)} ${(memory() - before).toFixed(1)} MiB`)
const ids = again.list().map(({ id }) => id)
const peers = Array.from({ length: 1000 }, (_, i) => key(100 + i).peerId)
const questions = 5_000_000
let yes = 0
const asking = process.cpuUsage()
measure(`asking role() ${questions} times, here and there`, () => {
  for (let i = 0; i < questions; i++)
    if (again.role(ids[i % ids.length]!, peers[(i * 7) % 1000]!) !== undefined) yes++
})
console.log(
  `${'so one costs'.padEnd(58)} ${((process.cpuUsage(asking).user * 1000) / questions).toFixed(0)} ns`,
)
console.log(`${'of them in the circle'.padEnd(58)} ${((yes / questions) * 100).toFixed(1)} %`)
measure('reading the statements of 100 circles', () => {
  for (const id of ids.slice(0, 100)) again.ids(id)
})

const { id } = again.create('large')
measure(`signing a roster of ${rosterLimits.statements} statements`, () => {
  for (let at = 1; at < rosterLimits.statements; at++)
    again.change(id, { roles: some(at % 900, 1, at % 1800 < 900 ? 'member' : 'removed') })
})
const statements = again.statements(id, again.ids(id))
await store.close()
store = await open()
const third = new Circles({ ...options, state: store.state })
await measureTurns('reading it from disk', () => third.prepare(id))
third.leave(id)
third.forget(id)
await measureTurns('receiving it at once, signatures and all', () => third.receive(statements))
await store.close()
fs.rmSync(home, { recursive: true })
