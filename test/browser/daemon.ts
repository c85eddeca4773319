import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, startDaemon } from '../../src/daemon/index.ts'
import { createPeer, peerSections } from '../../src/peer/index.ts'

export interface TestDaemon {
  readonly daemon: Daemon
  readonly home: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly token: string
  /** Stops it and starts it again on the same home and port. */
  restart(): Promise<TestDaemon>
  /** Stops it; the home stays until `close`. */
  stop(): Promise<void>
  /** Stops it and removes its home. */
  close(): Promise<void>
}

/** Peers that find one another on loopback, and nobody else. */
export const amongThemselves: Readonly<Record<string, unknown>> = {
  preset: 'open',
  'network.lanOnly': true,
  'ipfsRouting.bootstrap': [],
}

const quiet = {
  'network.hosts': ['127.0.0.1'],
  'daemon.logLevel': 'error',
  preset: 'circle',
}

/** A real daemon on loopback, in this process, with a home of its own. */
export async function startTestDaemon(
  flags: Readonly<Record<string, unknown>> = {},
  home?: string,
  port = 0,
): Promise<TestDaemon> {
  const folder = home ?? (await mkdtemp(join(tmpdir(), 'peerage-browser-')))
  const all = { ...quiet, 'files.downloads': join(folder, 'Downloads'), 'daemon.apiPort': port, ...flags }
  const daemon = await startDaemon({
    home: folder,
    // One that a test leaves undefined is not given at all.
    flags: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    environment: {},
    createPeer,
    sections: peerSections,
  })
  const url = daemon.info!.url
  const stop = async (): Promise<void> => void (await daemon.stop())
  return {
    daemon,
    home: folder,
    url,
    token: daemon.token,
    stop,
    restart: async () => {
      await stop()
      return startTestDaemon(flags, folder, Number(new URL(url).port))
    },
    close: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Asks the daemon as the page does. */
export function post(
  { url, token }: Pick<TestDaemon, 'url' | 'token'>,
  operation: string,
  input: object,
): Promise<Response> {
  return fetch(`${url}/api/${operation.replace('.', '/')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
}

/** The answer of an operation, or the last line of its stream. Throws what it refused. */
export async function ask<Answer>(
  peer: Pick<TestDaemon, 'url' | 'token'>,
  operation: string,
  input: object,
): Promise<Answer> {
  const response = await post(peer, operation, input)
  const text = (await response.text()).trim()
  if (response.status !== 200) throw new Error(`${operation}: ${text}`)
  return JSON.parse(text.split('\n').at(-1)!) as Answer
}
