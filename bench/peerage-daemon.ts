import { existsSync, readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { follow, type Starter, startHere } from './child.ts'

/** The program as in a clone; the Node.js is the one that runs this, which npm has chosen. */
export const peerageCommand: readonly string[] = [
  process.execPath,
  join(import.meta.dirname, '../bin/peerage.js'),
]

const startLimitMs = 30_000
const pollMs = 2

/** A running peer with a process and a home of its own, driven through its API like by any other client. */
export interface PeerageDaemon extends AsyncDisposable {
  readonly pid: number
  /** Runs an operation such as `files.share`; answers its value, or the last one of a stream. */
  call(operation: string, input?: object): Promise<unknown>
  /** Runs an operation of kind stream; yields its values as they come. */
  stream(operation: string, input?: object): AsyncIterable<unknown>
  /** Rejects when the log has a defect that the daemon survived. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** How a daemon is started, where the defaults will not do. */
export interface DaemonOptions {
  readonly start?: Starter
  /** TCP and UDP port; any free one when left out. */
  readonly port?: number
  /** Configuration values by key. */
  readonly set?: Readonly<Record<string, string | number | boolean>>
}

/** Starts `peerage start` on a home and waits until its API answers. */
export async function startPeerage(home: string, options: DaemonOptions = {}): Promise<PeerageDaemon> {
  const { start = startHere, port = 0, set = {} } = options
  const words = ['start', '--home', home, '--port', String(port), '--api-port', '0']
  // The router of this machine is none of our business, unless it is what is looked at.
  const settings = Object.entries({ 'network.portMapping': false, ...set }).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ])
  const child = follow([...peerageCommand, ...words, ...settings], start)
  const early = child.ended.then(errors => Promise.reject(new Error(`peerage ended early: ${errors}`)))
  early.catch(() => {})
  await Promise.race([early, answers(home)])
  const kill = async (signal?: NodeJS.Signals): Promise<void> => {
    await child.kill(signal)
    refuseStrays(home)
  }
  return {
    pid: child.pid,
    call: (operation, input = {}) => lastOf(callOperation(home, operation, input)),
    stream: (operation, input = {}) => callOperation(home, operation, input),
    kill,
    [Symbol.asyncDispose]: () => kill(),
  }
}

/** A daemon survives a promise that fails with nobody waiting for it, but that is a defect wherever it comes from. */
function refuseStrays(home: string): void {
  const path = join(home, 'log', 'peerage.log')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  const stray = lines.find(line => line.includes('"stray rejection"'))
  if (stray !== undefined) throw new Error(`A promise failed in the daemon, with nobody waiting: ${stray}`)
}

/** Asks for the status until there is an answer. */
async function answers(home: string): Promise<void> {
  const deadline = performance.now() + startLimitMs
  for (;;) {
    try {
      await lastOf(callOperation(home, 'daemon.status', {}))
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await pause(pollMs)
    }
  }
}

async function* callOperation(home: string, operation: string, input: object): AsyncGenerator<unknown> {
  const response = await post(home, operation, JSON.stringify(input))
  if (response.statusCode !== 200) throw new Error(`${operation}: ${await text(response)}`)
  if (!response.headers['content-type']?.startsWith('application/x-ndjson')) {
    yield JSON.parse(await text(response))
    return
  }
  try {
    for await (const line of createInterface({ input: response })) {
      const answer = JSON.parse(line)
      if ('error' in answer) throw new Error(`${operation}: ${JSON.stringify(answer.error)}`)
      yield 'value' in answer ? answer.value : answer.result
    }
  } finally {
    // Who stops reading hangs up: a stream left open fails when the daemon ends, with nobody left to hear of it.
    response.destroy()
  }
}

/** Through the Unix socket, which is there also when the daemon lives in a network namespace of its own. */
function post(home: string, operation: string, body: string): Promise<IncomingMessage> {
  const { socket } = JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8'))
  const token = readFileSync(join(home, 'api.token'), 'utf8').trim()
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: socket,
      path: `/api/${operation.replace('.', '/')}`,
      method: 'POST',
      headers: { host: 'localhost', authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })
    asked.once('response', resolve).once('error', reject).end(body)
  })
}

async function lastOf(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown
  for await (const value of values) last = value
  return last
}
