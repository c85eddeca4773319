import { once } from 'node:events'
import fs from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFakeDaemon } from '../../../test/peer/start-fake-daemon.ts'
import type { Daemon, DaemonOptions } from '../index.ts'
import type { RemoteStatus } from './index.ts'

const password = 'correct horse battery'
const { signal } = new AbortController()
let home: string
const running: Daemon[] = []

beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), 'peerage-remote-'))
})

afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.stop()
  fs.rmSync(home, { recursive: true, force: true })
})

async function start(options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  const daemon = await startFakeDaemon(home, options)
  running.push(daemon)
  return daemon
}

async function call(daemon: Daemon, operation: string, input: object = {}): Promise<RemoteStatus> {
  return (await daemon.call(operation, input, { signal })) as RemoteStatus
}

/** With a password, on a free port of loopback. */
async function startRemote(): Promise<{ daemon: Daemon; status: RemoteStatus }> {
  const daemon = await start()
  await call(daemon, 'remote.setPassword', { password })
  return { daemon, status: await call(daemon, 'remote.start', { address: '127.0.0.1', port: 0 }) }
}

interface Answer {
  readonly status: number
  readonly body: Record<string, never>
}

/** Trusts exactly the certificate that lies in the home. */
async function ask(port: number, path: string, body: unknown = {}, key = ''): Promise<Answer> {
  const ca = /-----BEGIN CERTIFICATE[\s\S]*/.exec(fs.readFileSync(join(home, 'remote.pem'), 'utf8'))![0]
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path,
    ca,
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
  })
  outgoing.end(JSON.stringify(body))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode!, body: JSON.parse(await text(response)) }
}

const signIn = async (port: number, given = password): Promise<string> =>
  (await ask(port, '/api/sign-in', { password: given })).body.token!

/** Follows events as the page does; resolves when the connection is gone. */
async function listenToEvents(port: number, key: string): Promise<{ gone: Promise<unknown> }> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/api/events',
    agent: false,
    rejectUnauthorized: false,
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
      'sec-websocket-protocol': `peerage, token.${key}`,
    },
  })
  outgoing.end()
  const [, socket] = (await once(outgoing, 'upgrade')) as [unknown, TLSSocket]
  const gone = once(socket, 'close')
  socket.on('error', () => undefined).resume()
  return { gone }
}

test('it is off until it is switched on, and cannot be without a password', async () => {
  const daemon = await start()
  expect(await call(daemon, 'remote.status')).toMatchObject({ enabled: false, urls: [], hasPassword: false })
  await expect(call(daemon, 'remote.start')).rejects.toMatchObject({ code: 'remote.no-password' })
  await expect(call(daemon, 'config.set', { key: 'remote.enabled', value: true })).rejects.toMatchObject({
    code: 'remote.no-password',
  })
  await expect(call(daemon, 'remote.setPassword', { password: 'too short' })).rejects.toMatchObject({
    code: 'usage.invalid',
  })
  expect((await call(daemon, 'remote.status')).enabled).toBe(false)
})

test('who signs in can do what the page can, until signing out; the local token is worth nothing', async () => {
  const { daemon, status } = await startRemote()
  const { port, certificate } = status
  expect(status).toMatchObject({ enabled: true, urls: [`https://127.0.0.1:${port}`], hasPassword: true })
  expect(certificate!.notAfter).toBeGreaterThan(Date.now())
  expect((await ask(port, '/api/fake/echo', { text: 'hi' }, daemon.token)).status).toBe(401)
  const refused = await ask(port, '/api/sign-in', { password: 'wrong horse battery' })
  expect([refused.status, refused.body]).toMatchObject([403, { error: { code: 'remote.password-wrong' } }])
  const [key, other] = [await signIn(port), await signIn(port)]
  expect(await ask(port, '/api/fake/echo', { text: 'hi' }, key)).toEqual({
    status: 200,
    body: { text: 'hi' },
  })
  expect((await call(daemon, 'remote.status')).sessions).toBe(2)
  const { gone } = await listenToEvents(port, key)
  expect((await ask(port, '/api/sign-out', {}, key)).status).toBe(200)
  await gone
  expect((await ask(port, '/api/fake/echo', { text: 'hi' }, key)).status).toBe(401)
  expect((await ask(port, '/api/fake/echo', { text: 'hi' }, other)).status).toBe(200)
  await call(daemon, 'remote.signOut')
  expect((await ask(port, '/api/fake/echo', { text: 'hi' }, other)).status).toBe(401)
})

test('a new password ends all sessions, and the old one opens nothing', async () => {
  const { port } = (await startRemote()).status
  const key = await signIn(port)
  const { gone } = await listenToEvents(port, key)
  // Told to whoever asked for it, before the session ends.
  const changed = await ask(port, '/api/remote/setPassword', { password: 'another horse battery' }, key)
  expect([changed.status, changed.body]).toMatchObject([200, { sessions: 0 }])
  await gone
  expect((await ask(port, '/api/fake/echo', { text: 'hi' }, key)).status).toBe(401)
  expect((await ask(port, '/api/sign-in', { password })).status).toBe(403)
  expect(await signIn(port, 'another horse battery')).toMatch(/^[0-9a-f]{64}$/)
})

test('after too many wrong passwords the right one is not looked at, with a status of its own', async () => {
  const { port } = (await startRemote()).status
  for (let i = 0; i < 5; i++)
    expect((await ask(port, '/api/sign-in', { password: `wrong ${i}` })).status).toBe(403)
  const answer = await ask(port, '/api/sign-in', { password })
  expect([answer.status, answer.body]).toMatchObject([429, { error: { code: 'remote.attempts' } }])
})

test('switched off it listens no more and ends what is open; it is on again after a restart when it was', async () => {
  const { daemon, status } = await startRemote()
  const { gone } = await listenToEvents(status.port, await signIn(status.port))
  expect(await call(daemon, 'remote.stop')).toMatchObject({ enabled: false, urls: [], sessions: 0 })
  await gone
  await expect(ask(status.port, '/api/sign-in', { password })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  const again = await call(daemon, 'remote.start')
  expect(again.certificate!.fingerprint).toBe(status.certificate!.fingerprint)
  const key = await signIn(again.port)
  await daemon.stop()
  const next = await call(await start(), 'remote.status')
  expect(next.urls).toHaveLength(1)
  expect((await ask(next.port, '/api/fake/echo', { text: 'hi' }, key)).status).toBe(401)
})

test('a damaged password lets nobody in and nothing else suffers', async () => {
  const { daemon } = await startRemote()
  await daemon.stop()
  fs.writeFileSync(join(home, 'remote.password'), '{')
  expect(await call(await start(), 'remote.status')).toMatchObject({
    enabled: true,
    urls: [],
    problem: { code: 'remote.no-password' },
  })
})

test('a port in use is told, and it stays off', async () => {
  const daemon = await start()
  await call(daemon, 'remote.setPassword', { password })
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const taken = call(daemon, 'remote.start', { address: '127.0.0.1', port })
  await expect(taken).rejects.toMatchObject({ code: 'network.port-in-use', details: { port } })
  expect((await call(daemon, 'remote.status')).enabled).toBe(false)
  other.close()
  await expect(call(daemon, 'remote.start', { address: '192.0.2.1', port: 0 })).rejects.toMatchObject({
    code: 'config.invalid',
  })
  expect((await call(daemon, 'remote.start', { address: '127.0.0.1', port: 0 })).urls).toHaveLength(1)
})

test('no password and no key comes to the log, and wrong ones do not stay unseen', async () => {
  const { daemon, status } = await startRemote()
  await ask(status.port, '/api/sign-in', { password: 'wrong horse battery' })
  const key = await signIn(status.port)
  await ask(status.port, '/api/fake/crash', {}, key)
  await daemon.stop()
  const log = fs.readFileSync(join(home, 'log/peerage.log'), 'utf8')
  expect(log).toContain('wrong password')
  expect(log).toContain('127.0.0.1')
  for (const secret of ['horse battery', key, daemon.token, 'PRIVATE KEY']) expect(log).not.toContain(secret)
})
