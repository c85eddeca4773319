import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeFactory } from '../../test/peer/fake-peer.ts'
import { PeerageError, z } from '../base/index.ts'
import { connectDaemon, type Daemon, type DaemonStatus, daemonRuns } from './index.ts'

let home: string
let runs: AsyncGenerator<Daemon>
const signal = new AbortController().signal
const sections = {
  fake: z.object({ port: z.int().min(0).max(10).default(0).describe('Any but 7 is free.') }),
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-runs-'))
  const createPeer = fakeFactory()
  runs = daemonRuns({
    home,
    environment: {},
    flags: { 'daemon.apiPort': 0 },
    sections,
    createPeer: parts => {
      if (parts.config.section<{ port: number }>('fake').port === 7)
        throw new PeerageError('network.port-in-use', 'Port 7 is taken.')
      return createPeer(parts)
    },
  })
})

afterEach(async () => {
  await rm(home, { recursive: true, force: true })
})

async function next(): Promise<Daemon> {
  const { value } = await runs.next()
  return value as Daemon
}

async function call(operation: string, input = {}): Promise<unknown> {
  return await (await connectDaemon(home))!.call(operation, input, { signal })
}

test('a daemon that is asked to starts again with what was set, at the same address', async () => {
  const first = await next()
  expect(await call('config.set', { key: 'fake.port', value: 3 })).toMatchObject({ needsRestart: true })
  expect(await call('config.get', { key: 'fake.port' })).toMatchObject({ isPending: true })
  await call('daemon.restart')
  const second = await next()
  expect(first.wantsRestart).toBe(true)
  expect(second.info?.url).toBe(first.info?.url)
  expect(await call('config.get', { key: 'fake.port' })).toMatchObject({ value: 3, isPending: false })
  await call('daemon.stop')
  expect((await runs.next()).done).toBe(true)
})

test('a setting that keeps it from starting is left out of the next run, which says why', async () => {
  await next()
  await call('config.set', { key: 'fake.port', value: 7 })
  await call('daemon.restart')
  await next()
  expect((await call('daemon.status')) as DaemonStatus).toMatchObject({ fallback: 'Port 7 is taken.' })
  expect(await call('config.get', { key: 'fake.port' })).toMatchObject({ value: 0, configured: 7 })
  await call('config.set', { key: 'fake.port', value: 4 })
  await call('daemon.restart')
  await next()
  expect(await call('daemon.status')).not.toHaveProperty('fallback')
  expect(await call('config.get', { key: 'fake.port' })).toMatchObject({ value: 4 })
  await call('daemon.stop')
  expect((await runs.next()).done).toBe(true)
})
