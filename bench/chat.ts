import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { follow } from './child.ts'
import { linkOf } from './peerage.ts'
import { startPeerage } from './peerage-daemon.ts'
import type { Figures, Scenario } from './scenario.ts'
import { makeWorkFolder, writeRandomFile } from './test-data.ts'

const script = join(import.meta.dirname, 'chat-peer.ts')
/** Between two small messages of the receiver, in ms. */
const everyMs = 20
const gibibyte = 1024 ** 3

/** A small message on a connection that carries as much as it can. */
export const chat: Scenario = {
  name: 'chat',
  summary: 'how long a small message takes on a connection that is full, along and against the bulk',
  opponents: [],
  async prepare(options) {
    const seconds = options.smoke ? 1 : 8
    const work = await makeWorkFolder()
    const source = join(work.path, 'content')
    await writeRandomFile(source, options.size ?? (options.smoke ? gibibyte / 16 : 2 * gibibyte))
    return {
      systems: ['stream', 'swarm'],
      measure: async system =>
        system === 'stream' ? measureStream(seconds) : measureSwarm(source, await work.folder('swarm')),
      goals: medians => [
        ...['along p99 ms', 'against p99 ms'].map(figure => ({
          what: `stream, ${figure}`,
          value: medians.get('stream')?.[figure] ?? Number.NaN,
          limit: 20,
        })),
        {
          what: 'swarm, there and back p99 ms',
          value: medians.get('swarm')?.['there and back p99 ms'] ?? Number.NaN,
          limit: 40,
        },
      ],
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

interface Report {
  readonly p50: number
  readonly p99: number
  readonly rate: number
}

/** 200 bytes every 5 ms in both directions, one way each, beside one stream that is always full. */
async function measureStream(seconds: number): Promise<Figures> {
  await using server = follow([process.execPath, script, 'serve'])
  const address = await server.line()
  await using client = follow([process.execPath, script, 'send', address, String(seconds)])
  const against: Report = JSON.parse(await client.line())
  const along: Report = JSON.parse(await server.line())
  return {
    'along p50 ms': along.p50,
    'along p99 ms': along.p99,
    'against p50 ms': against.p50,
    'against p99 ms': against.p99,
    'MB/s': against.rate,
  }
}

/** 32 bytes and their echo, which the receiver sends over its connection to the sender while it fetches a private share. */
async function measureSwarm(source: string, home: string): Promise<Figures> {
  await using sender = await startPeerage(join(home, 'sender'))
  await using receiver = await startPeerage(join(home, 'receiver'))
  const link = linkOf(await sender.call('files.share', { path: source }))
  const into = join(home, 'into')
  await mkdir(into)
  let isDone = false
  const fetched = receiver.call('files.get', { link, into }).finally(() => {
    isDone = true
  })
  const trips: number[] = []
  while (!isDone) {
    await pause(everyMs)
    trips.push(...roundTripsIn(await receiver.call('reach.path')))
  }
  await fetched
  await rm(into, { recursive: true })
  trips.sort((a, b) => a - b)
  const at = (share: number): number => trips[Math.floor(trips.length * share)] ?? Number.NaN
  return { 'there and back p50 ms': at(0.5), 'there and back p99 ms': at(0.99) }
}

/** What `peerage path` measured. */
function roundTripsIn(reports: unknown): number[] {
  const all = reports as readonly { readonly ways: readonly { state: string; rttMs?: number }[] }[]
  return all.flatMap(({ ways }) => ways.flatMap(way => (way.state === 'used' ? (way.rttMs ?? []) : [])))
}
