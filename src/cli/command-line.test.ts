import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeState, fakeFactory, fakePeer, fakePeerId, fakeState } from '../../test/peer/fake-peer.ts'
import { playReach } from '../../test/peer/play-reach.ts'
import { PeerageError, type RunningService, z } from '../base/index.ts'
import { type Daemon, startDaemon } from '../daemon/index.ts'
import { filesConfig, filesOperations } from '../services/files/index.ts'
import { commandOf } from './command-info.ts'
import { Interrupted } from './failure.ts'
import { allCommands, runCommandLine } from './main.ts'
import type { Runtime } from './runtime.ts'
import type { Terminal } from './terminal.ts'

const hostile = 'Summer\u001b]0;owned\u0007\u202etxt'
const link = 'peerage:aaaa?s=c2VjcmV0'
const row = {
  infoHash: 'ab'.repeat(32),
  name: hostile,
  origin: 'download' as const,
  state: 'complete' as const,
  path: `/tmp/${hostile}`,
  bytes: 10,
  totalBytes: 10,
  files: 2,
  downBytesPerSecond: 0,
  upBytesPerSecond: 0,
  downBytes: 10,
  upBytes: 0,
  downBytesEver: 10,
  upBytesEver: 0,
  ratio: 0,
  seedingMs: 0,
  networks: '',
  peers: [],
  addedAt: 0,
}

const share = {
  contact: 'Ann',
  name: 'b',
  infoHash: row.infoHash,
  bytes: 10,
  files: 2,
  sharedAt: 0,
  changedAt: 0,
  here: 'part' as const,
  link,
}

/** The real operations, played by nobody: only what the command line does with them is looked at. */
function playFiles(asked: unknown[]): RunningService {
  const play = (
    name: keyof typeof filesOperations,
    run: (input: unknown, signal: AbortSignal) => unknown,
  ): object => ({
    [name]: {
      ...filesOperations[name],
      run: (_state: unknown, input: unknown, { signal }: { signal: AbortSignal }) => {
        asked.push([name, input])
        return run(input, signal)
      },
    },
  })
  const operations = {
    ...play('share', async function* () {
      yield { phase: 'hashing', bytes: 5, totalBytes: 10, files: 1 }
      yield {
        phase: 'shared',
        infoHash: row.infoHash,
        name: hostile,
        path: '/x',
        bytes: 10,
        files: 2,
        link,
        magnet: '',
        who: ['secret'],
        audience: [{ who: 'whoever has the link' }],
      }
    }),
    ...play('get', async function* (input) {
      yield { ...row, state: 'fetching', bytes: 1 }
      if ((input as { timeout?: number }).timeout === 1) throw new PeerageError('network.no-peers')
      yield row
    }),
    ...play('list', async () => [
      row,
      {
        ...row,
        state: 'failed',
        name: 'b',
        networks: 'bittorrent,ipfs',
        error: { code: 'store.disk-full', message: 'Full.', remedy: 'Free some.' },
      },
    ]),
    ...play('show', async () => ({
      ...row,
      link,
      who: ['secret'],
      audience: [{ who: 'whoever has the link' }],
    })),
    ...play('files', async () => [{ index: 0, path: hostile, size: 10, bytes: 5, priority: 'high' }]),
    ...play('peers', async () => []),
    ...play('verify', async function* () {
      yield { infoHash: row.infoHash, name: 'x', bytes: 10, totalBytes: 10, badPieces: 3 }
    }),
    ...play('cat', async function* () {
      yield { totalBytes: 3, offset: 0, length: 3, name: 'x' }
      yield Uint8Array.of(97, 98, 99)
    }),
    ...play('shares', async () => [{ ...share, name: hostile }, share]),
    ...play('wishes', async () => [
      { contact: hostile, name: hostile, into: '/x', reached: false, transfer: row },
      {
        contact: 'Ann',
        name: 'b',
        into: '/x',
        reached: true,
        problem: { code: 'store.exists', message: 'Full.' },
      },
    ]),
    ...play('wish', async () => ({ contact: 'Ann', name: 'b', into: '/x', reached: false })),
    ...play('resume', async () => row),
    ...play('pause', async () => row),
  } as RunningService['operations']
  return { name: 'files', operations, state: undefined, stop: async () => undefined }
}

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

let home: string
let daemon: Daemon | undefined
let asked: unknown[]
let state: FakeState

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-cli-'))
  asked = []
  state = fakeState()
})

afterEach(async () => {
  await daemon?.stop()
  daemon = undefined
  await rm(home, { recursive: true })
})

const sections = { files: filesConfig, network: z.object({ port: z.number().default(0).describe('Port.') }) }

const runtime: Runtime = {
  loadPeer: async () => ({
    sections,
    createPeer: async options => {
      const peer = fakePeer(state)
      await fakeFactory(state)(options)
      return { ...peer, services: [...peer.services, playFiles(asked), playReach()] }
    },
  }),
}

async function startOne(): Promise<void> {
  const { createPeer } = await runtime.loadPeer()
  daemon = await startDaemon({ home, environment: {}, flags: { 'daemon.apiPort': 0 }, sections, createPeer })
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function peerage(
  line: string,
  {
    screen = false,
    signal = new AbortController().signal,
    desktop,
  }: { screen?: boolean; signal?: AbortSignal; desktop?: string } = {},
): Promise<Ran> {
  const stdout = new Sink()
  const stderr = new Sink()
  const terminal: Terminal = {
    stdout,
    stderr,
    stdoutIsScreen: false,
    stderrIsScreen: screen,
    stdinIsKeyboard: desktop !== undefined,
    ask: async () => undefined,
    columns: () => 80,
    environment: { PEERAGE_HOME: home, ...(desktop && { DISPLAY: ':0', PATH: `${desktop}:/usr/bin:/bin` }) },
    workingFolder: '/desk',
  }
  const fakeCommands = (await import('../peer/index.ts')).describeOperations(
    fakePeer(state).services.flatMap(({ name, operations }) =>
      Object.entries(operations).map(([one, op]) => [`${name}.${one}`, op] as const),
    ),
  )
  const commands = [...allCommands, ...fakeCommands.map(commandOf)]
  const code = await runCommandLine(line.split(' ').filter(Boolean), { terminal, runtime, signal, commands })
  return { code, out: stdout.text, err: stderr.text }
}

test('the link alone is on stdout; what is said to people is on stderr, without escapes of others', async () => {
  await startOne()
  const { code, out, err } = await peerage('share pictures --who everyone', { screen: true })
  expect([code, out]).toEqual([0, `${link}\n`])
  expect(err).toContain('Summer?]0;owned??txt')
  expect(err).not.toContain('\u001b]')
  expect(err).toContain('█')
  expect(asked).toEqual([['share', { path: '/desk/pictures', who: ['everyone'] }]])
})

test('without a daemon, share stays until Ctrl-C and then says how to go on', async () => {
  const controller = new AbortController()
  const ran = peerage('share pictures', { signal: controller.signal })
  await expect.poll(() => asked.length).toBe(1)
  setTimeout(() => controller.abort(new Interrupted('SIGINT')), 50)
  const { code, out, err } = await ran
  expect([code, out]).toEqual([130, `${link}\n`])
  expect(err).toContain('peerage start')
  expect(state.stopped).toBe(true)
})

test('while share stays, others use its peer', async () => {
  const controller = new AbortController()
  const ran = peerage('share pictures', { signal: controller.signal })
  await expect.poll(async () => (await peerage('status')).code).toBe(0)
  expect((await peerage('start')).code).toBe(7)
  controller.abort(new Interrupted('SIGTERM'))
  expect((await ran).code).toBe(143)
})

test('get tells the path when all is verified, and where it goes is decided here', async () => {
  const { code, out, err } = await peerage('get peerage:aaaa --choose a --choose b')
  expect([code, out]).toEqual([0, '/tmp/Summer?]0;owned??txt\n'])
  expect(err).toContain('verified')
  expect(err).not.toContain('here before')
  expect(asked).toEqual([['get', { link: 'peerage:aaaa', into: '/desk', choose: ['a', 'b'] }]])
  expect(state.stopped).toBe(true)
  const elsewhere = await peerage('get ./x.torrent --into down')
  expect(elsewhere.err).toContain('before, in /tmp; nothing was put into /desk/down.')
  expect(elsewhere.err).toContain('peerage move')
  expect(asked[1]).toEqual(['get', { link: '/desk/x.torrent', into: '/desk/down' }])
})

test('shares are named by whose they are, and that is no path', async () => {
  await peerage('get Ann/Summer')
  expect(asked.pop()).toEqual(['get', { link: 'Ann/Summer', into: '/desk' }])
  await peerage('get Summer/day.torrent --from Ann --keep')
  expect(asked.pop()).toEqual(['get', { link: 'Summer/day.torrent', into: '/desk', from: 'Ann', keep: true }])
  const { err } = await peerage('wish Ann/b')
  expect(asked.pop()).toEqual(['wish', { share: 'Ann/b', into: '/desk' }])
  expect(err).toContain('peerage start')
  expect((await peerage('shares Ann')).err).toContain('peerage get Ann/NAME')
  expect((await peerage('shares /ip4/1.2.3.4')).err).toContain('peerage get NAME --from /ip4/1.2.3.4')
  expect((await peerage('wishes')).out).toMatch(/Up to date, away[\s\S]*Stuck/)
})

test('with --json every line of stdout is JSON, and errors are JSON too', async () => {
  const { out } = await peerage('get peerage:aaaa --json')
  expect(
    out
      .trim()
      .split('\n')
      .map(text => (JSON.parse(text) as { state: string }).state),
  ).toEqual(['fetching', 'complete'])
  const failed = await peerage('get peerage:aaaa --json --timeout 1')
  expect(failed.code).toBe(8)
  expect(JSON.parse(failed.err)).toMatchObject({ error: { code: 'network.no-peers', kind: 'network' } })
})

test.each([
  ['fail', 7, /a\.txt stands there\./],
  ['crash', 1, /Something that should not happen/],
  ['echo', 2, /echo needs TEXT/],
  ['frobnicate', 2, /no command "frobnicate"/],
  ['lits', 2, /Did you mean `list`/],
  ['get', 2, /get needs LINK/],
  ['config get nope', 3, /no configuration key "nope"/],
  ['config set network.port abc', 3, /must be/],
  ['status', 8, /No peer is running/],
  ['verify x', 9, /3 pieces not what they should be/],
  ['--home', 2, /--home needs a value/],
])('%s ends with code %i and says what to do', async (line, code, message) => {
  const ran = await peerage(line)
  expect(ran.code).toBe(code)
  expect(ran.err).toMatch(message)
  expect(ran.err).toContain('→')
  expect(ran.err).not.toMatch(/\n {4}at /)
})

test('hostile names in lists are harmless, and failures are told with their remedy', async () => {
  for (const line of ['list', 'show x', 'files x', 'shares Ann', 'wishes']) {
    const { code, out } = await peerage(line)
    expect(code).toBe(0)
    expect(out).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
    expect(out).toContain('Summer?]0;owned')
  }
  const { out, err } = await peerage('list')
  expect(out).toMatch(/ On +For\n.* private\n.* bittorrent,ipfs(?:\n|$)/)
  expect(err).toContain('Free some.')
  expect((await peerage('show x')).out).toMatch(/^On +private$/m)
})

test('cat writes the bytes and nothing else', async () => {
  expect(await peerage('cat x')).toEqual({ code: 0, out: 'abc', err: '' })
})

test('configuration can be changed without a daemon', async () => {
  expect((await peerage('config set network.port 4')).code).toBe(0)
  expect((await peerage('config get network.port')).out).toBe('4\n')
  expect((await peerage('config')).out).toMatch(/network\.port\s+4\s+\(file\)/)
  expect((await peerage('config get network.port --set network.port=9')).out).toBe('9\n')
})

test('status, doctor and stop tell about the running peer', async () => {
  await startOne()
  expect((await peerage('status')).out).toContain(fakePeerId)
  expect((await peerage('doctor')).out).toMatch(/Peer .*running/)
  expect(await peerage('stop')).toEqual({ code: 0, out: '', err: 'Stopped.\n' })
  await daemon?.stopped
  expect((await peerage('stop')).code).toBe(8)
})

test('doctor tells what is bad and what to do about it, for people and for programs', async () => {
  await startOne()
  const { code, out } = await peerage('doctor')
  expect(code).toBe(1)
  expect(out).toContain('! Router        no answer?]0;owned?\n                → Switch on UPnP.\n')
  expect(out).toContain('✗ From outside  Nobody gets in.\n                → Forward the port.\n')
  expect(out).toMatch(/\n\n\d problems? found\.\n$/)
  const found = JSON.parse((await peerage('doctor --json')).out) as { topic: string; level: string }[]
  expect(found.find(({ topic }) => topic === 'From outside')?.level).toBe('bad')
})

test('path tells which way a peer is reached, and why not a better one', async () => {
  await startOne()
  expect(await peerage('path Ann')).toEqual({
    code: 0,
    err: '',
    out: [
      'Peer           Ann (12D3KooW…s9RHGR)',
      'Connected      relayed through 12D3KooW…JFTSmN, for 2 min 05 s',
      'Address        /ip4/203.0.113.1/tcp/4001/p2p/12D3KooWRU2foiqwYNyoQkkHgjQPToQt7yVsS7PP28LXB7JFTSmN/p2p-circuit (it connected to us)',
      'Round trip     43 ms',
      'Other ways     /ip4/203.0.113.7/tcp/4001  failed 9 s ago: no answer?]0;owned?',
      '               /ip6/2001:db8::1/tcp/4001  not tried yet',
      'Hole punching  failed 1 min 00 s ago, after 3 attempts: no answer?]0;owned?',
      'What to do     Open the port.',
      '',
    ].join('\n'),
  })
  const { code, out } = await peerage('path Bob')
  expect(code).toBe(1)
  expect(out).toMatch(/^Connected +no\nProblem +no answer\?.*\nWhat to do +Is it online\?\n$/m)
  expect((await peerage('path')).out).toMatch(/^Ann +relayed through \S+ +43 ms +2 min 05 s +\/ip4/m)
  expect(JSON.parse((await peerage('path Ann --json')).out)).toMatchObject([
    { contact: 'Ann', connected: true },
  ])
})

test('Ctrl-C ends any command with code 130', async () => {
  const controller = new AbortController()
  const ran = peerage('wait', { signal: controller.signal })
  await expect.poll(() => state.signals.length).toBe(1)
  controller.abort(new Interrupted('SIGINT'))
  expect((await ran).code).toBe(130)
})

test('start shows where it is, and ends in good order', async () => {
  const controller = new AbortController()
  const ran = peerage('start --api-port 0', { signal: controller.signal, screen: true })
  await expect.poll(async () => (await peerage('status')).code).toBe(0)
  controller.abort(new Interrupted('SIGINT'))
  const { code, err } = await ran
  expect(code).toBe(130)
  expect(err).toContain('Peerage is running')
  expect(err).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#ticket=[0-9a-f]{36}/)
  expect(err).toContain('It is good once and for 5 minutes')
})

test('a ticket is shown to a screen only, the token nowhere', async () => {
  const controller = new AbortController()
  const ran = peerage('start --api-port 0', { signal: controller.signal })
  await expect.poll(async () => (await peerage('status')).code).toBe(0)
  controller.abort(new Interrupted('SIGTERM'))
  const { code, out, err } = await ran
  expect(code).toBe(0)
  expect(out + err).not.toMatch(/ticket=|token=|[0-9a-f]{64}/)
})

/** A folder with an `xdg-open` that writes down what it is given, a file for each address. */
async function makeDesktop(): Promise<{ desktop: string; opened: () => Promise<readonly string[]> }> {
  const desktop = join(home, 'desktop')
  await mkdir(join(desktop, 'opened'), { recursive: true })
  await writeFile(join(desktop, 'xdg-open'), `#!/bin/sh\n: > "${desktop}/opened/\${1##*/}"\n`, {
    mode: 0o700,
  })
  return { desktop, opened: () => readdir(join(desktop, 'opened')) }
}

test.runIf(process.platform === 'linux')(
  'on a desktop start and open show the page, each time by another ticket',
  async () => {
    const { desktop, opened } = await makeDesktop()
    const controller = new AbortController()
    const ran = peerage('start --api-port 0', { signal: controller.signal, screen: true, desktop })
    await expect.poll(opened, { timeout: 15_000 }).toEqual([expect.stringMatching(/^#ticket=[0-9a-f]{36}$/)])
    const { code, out, err } = await peerage('open', { desktop })
    expect([code, err]).toEqual([0, 'Your browser shows it.\n'])
    await expect.poll(opened, { timeout: 15_000 }).toContain(new URL(out).hash)
    controller.abort(new Interrupted('SIGTERM'))
    const printed = /#ticket=[0-9a-f]{36}/.exec((await ran).err)?.[0]
    expect(await opened()).toHaveLength(2)
    expect(await opened()).not.toContain(printed)
  },
)

test.each(['start --no-open', 'start --quiet', 'start --json', '--no-open'])(
  '%s leaves the browser alone',
  async line => {
    const { desktop, opened } = await makeDesktop()
    const controller = new AbortController()
    const ran = peerage(`${line} --api-port 0`, { signal: controller.signal, screen: true, desktop })
    await expect.poll(async () => (await peerage('status')).code).toBe(0)
    controller.abort(new Interrupted('SIGTERM'))
    await ran
    expect(await opened()).toEqual([])
  },
)

test('open prints an address, as JSON too, and needs a peer that runs', async () => {
  expect((await peerage('open')).code).toBe(8)
  await startOne()
  const { out, err } = await peerage('open')
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#ticket=[0-9a-f]{36}\n$/)
  expect(err).toContain('It is good once and for 5 minutes')
  expect(JSON.parse((await peerage('open --json')).out)).toEqual({
    url: expect.stringContaining('#ticket='),
    expiresAt: expect.any(Number),
  })
})

test.each(['bash', 'zsh', 'fish'])('completion for %s knows commands and flags', async shell => {
  const { code, out } = await peerage(`completion ${shell}`)
  expect(code).toBe(0)
  for (const word of ['share', 'into', 'get', 'set']) expect(out).toContain(word)
})
