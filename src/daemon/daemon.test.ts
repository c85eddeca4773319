import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeBytes, fakeFactory, fakePeerId, fakeState } from '../../test/peer/fake-peer.ts'
import { startFakeDaemon } from '../../test/peer/start-fake-daemon.ts'
import { z } from '../base/index.ts'
import { connectDaemon, type Daemon, type DaemonOptions, readDaemonInfo } from './index.ts'

let home: string
const running: Daemon[] = []
const children: ChildProcess[] = []
const signal = new AbortController().signal

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-daemon-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const daemon of running.splice(0)) await daemon.stop()
  await rm(home, { recursive: true, force: true })
})

async function start(options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  const daemon = await startFakeDaemon(home, options)
  running.push(daemon)
  return daemon
}

test('a client finds the daemon of its home and calls every kind of operation', async () => {
  expect(await connectDaemon(home)).toBeUndefined()
  await start()
  const client = (await connectDaemon(home))!
  expect(await client.call('fake.echo', { text: 'hi' }, { signal })).toEqual({ text: 'hi' })
  expect(await client.call('daemon.status', {}, { signal })).toMatchObject({
    peerId: fakePeerId,
    pid: process.pid,
    home,
  })
  const values: unknown[] = []
  for await (const value of client.call('fake.count', { to: 2 }, { signal })) values.push(value)
  expect(values).toEqual([
    { bytes: 1, totalBytes: 2 },
    { bytes: 2, totalBytes: 2 },
  ])
  expect(await client.call('fake.count', { to: 2 }, { signal })).toEqual({ bytes: 2, totalBytes: 2 })
  const chunks: Uint8Array[] = []
  for await (const chunk of client.call('fake.bytes', { offset: 10 }, { signal }))
    chunks.push(chunk as Uint8Array)
  expect(Buffer.concat(chunks).equals(fakeBytes.subarray(10))).toBe(true)
  expect((await client.describe()).map(one => one.name)).toContain('config.set')
})

test('errors come out of the client as they went in', async () => {
  await start()
  const client = (await connectDaemon(home))!
  const fails = { code: 'store.exists', message: 'a.txt stands there.', details: { path: 'a.txt' } }
  await expect(client.call('fake.fail', {}, { signal })).rejects.toMatchObject(fails)
  const stream = client.call('fake.count', { to: 1, fail: true }, { signal })[Symbol.asyncIterator]()
  await stream.next()
  await expect(stream.next()).rejects.toMatchObject({ code: 'store.disk-full' })
  await expect(client.call('fake.none', {}, { signal })).rejects.toMatchObject({ code: 'usage.invalid' })
})

test('a cancelled call rejects with the reason and is aborted in the daemon', async () => {
  const state = fakeState()
  await start({ createPeer: fakeFactory(state) })
  const client = (await connectDaemon(home))!
  const controller = new AbortController()
  const reason = new Error('enough')
  const waiting = client.call('fake.wait', {}, { signal: controller.signal })
  const rejected = expect(waiting).rejects.toBe(reason)
  await expect.poll(() => state.signals.length).toBe(1)
  controller.abort(reason)
  await rejected
  await expect.poll(() => state.signals[0]!.aborted).toBe(true)
})

test('a second daemon on the same home is refused; after a stop there may be a next one', async () => {
  const first = await start()
  await expect(start()).rejects.toMatchObject({ code: 'daemon.running', details: { pid: process.pid } })
  expect(await first.stop()).toBe(true)
  expect(readDaemonInfo(home)).toBeUndefined()
  await start()
})

test('what a daemon that was killed leaves behind is in nobody’s way', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/peer/fake-daemon.ts'), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout!, 'data')
  await expect(start()).rejects.toMatchObject({ code: 'daemon.running', details: { pid: child.pid } })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await connectDaemon(home)).toBeUndefined()
  const daemon = await start()
  expect(readDaemonInfo(home)?.pid).toBe(process.pid)
  expect(daemon.info?.pid).toBe(process.pid)
})

test('`daemon.stop` stops it in good order, the peer included', async () => {
  const state = fakeState()
  const daemon = await start({ createPeer: fakeFactory(state) })
  const client = (await connectDaemon(home))!
  expect(await client.call('daemon.stop', {}, { signal })).toEqual({ stopping: true })
  await daemon.stopped
  expect(state.stopped).toBe(true)
  expect(await connectDaemon(home)).toBeUndefined()
})

test('a part that does not stop cannot keep the daemon', async () => {
  const createPeer: DaemonOptions['createPeer'] = async options => ({
    ...(await fakeFactory()(options)),
    stop: () => new Promise(() => undefined),
  })
  const daemon = await start({ createPeer, flags: { 'daemon.apiPort': 0, 'daemon.stopTimeoutMs': 100 } })
  expect(await daemon.stop()).toBe(false)
})

test('a port in use: refused when it was asked for, avoided when it was not', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  try {
    const createPeer = fakeFactory()
    await expect(start({ createPeer, flags: { 'daemon.apiPort': port } })).rejects.toMatchObject({
      code: 'network.port-in-use',
      details: { port },
    })
    // Nothing of the failed start is left: the home is free.
    await start()
  } finally {
    other.close()
  }
})

test('a peer that cannot start leaves nothing behind', async () => {
  const failing: DaemonOptions['createPeer'] = async () => {
    throw new Error('no')
  }
  await expect(start({ createPeer: failing })).rejects.toThrow('no')
  await start()
})

test('offline, there is no API and the home is locked all the same', async () => {
  const daemon = await start({ offline: true })
  expect(daemon.info).toBeUndefined()
  expect(daemon.peer.addresses()).toEqual([])
  expect(await daemon.call('fake.echo', { text: 'x' }, { signal })).toEqual({ text: 'x' })
  expect(await connectDaemon(home)).toBeUndefined()
})

test('the files of a home are for its user alone, and the token stays the same', async () => {
  const first = await start()
  for (const name of ['api.token', 'daemon.json', 'api.sock', 'log/peerage.log'])
    expect([name, (await stat(join(home, name))).mode & 0o777]).toEqual([name, 0o600])
  expect(await readFile(join(home, 'daemon.json'), 'utf8')).not.toContain(first.token)
  await first.stop()
  expect((await start()).token).toBe(first.token)
})

test('a token file that was tampered with is replaced', async () => {
  await writeFile(join(home, 'api.token'), 'guess me')
  expect((await start()).token).toMatch(/^[0-9a-f]{64}$/)
})

test('configuration is an operation; the file keeps it', async () => {
  const daemon = await start({ sections: { network: z.object({ port: z.number().default(0) }) } })
  const heard: unknown[] = []
  daemon.events.listen(event => heard.push(event))
  const client = (await connectDaemon(home))!
  expect(await client.call('config.set', { key: 'network.port', value: '7' }, { signal })).toMatchObject({
    needsRestart: true,
  })
  expect(
    await client.call('config.set', { key: 'daemon.logLevel', value: 'debug' }, { signal }),
  ).toMatchObject({ needsRestart: false })
  await expect(
    client.call('config.set', { key: 'network.prot', value: '7' }, { signal }),
  ).rejects.toMatchObject({ code: 'config.invalid' })
  expect(await client.call('config.get', { key: 'network.port' }, { signal })).toMatchObject({
    value: 7,
    source: 'file',
  })
  await expect
    .poll(() => heard)
    .toMatchObject([{ type: 'config.changed', key: 'network.port' }, { type: 'config.changed' }])
})

test('a home with a long path still gets its socket', async () => {
  const long = join(home, 'x'.repeat(120))
  await start({ home: long })
  expect(await (await connectDaemon(long))!.call('daemon.status', {}, { signal })).toMatchObject({
    peerId: fakePeerId,
  })
})
