import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Trees } from '../../test/conformance/gateway-trees.ts'
import { carSectionHead, encodeCarHeader } from '../wire/index.ts'

const program = join(import.meta.dirname, '../../bin/peerage.js')
const children: ChildProcessWithoutNullStreams[] = []
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-program-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

interface Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<{ code: number | null; out: string; err: string }>
}

function peerage(...words: string[]): Program {
  return peerageWith({}, ...words)
}

function peerageWith(more: Readonly<Record<string, string>>, ...words: string[]): Program {
  const environment = {
    ...process.env,
    ...more,
    PEERAGE_HOME: home,
    PEERAGE_NETWORK_MDNS: 'false',
    PEERAGE_NETWORK_HOSTS: '127.0.0.1',
  }
  const child = spawn(process.execPath, [program, ...words], { env: environment })
  children.push(child)
  let out = ''
  let err = ''
  child.stdout.on('data', chunk => (out += String(chunk)))
  child.stderr.on('data', chunk => (err += String(chunk)))
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, out, err })) }
}

const run = (...words: string[]): Program['ended'] => peerage(...words).ended

test('the program itself: help, version, mistakes', async () => {
  expect(await run('--help')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('peerage COMMAND'),
  })
  expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  expect(await run('frobnicate')).toMatchObject({ code: 2, out: '' })
})

test('compiled code of versions that are gone goes, and that of the one that runs stays', async () => {
  const cache = { XDG_CACHE_HOME: join(home, 'cache') }
  const compiled = join(home, 'cache/peerage/compiled')
  const folders = (): Promise<readonly string[]> => readdir(compiled)
  const makeOld = async (name: string, time: number): Promise<void> => {
    await mkdir(join(compiled, name), { recursive: true })
    await writeFile(join(compiled, name, 'code'), 'old')
    await utimes(join(compiled, name), time, time)
  }
  for (let version = 1; version <= 9; version++) await makeOld(`old-${version}`, version)
  expect((await peerageWith(cache, '--version').ended).code).toBe(0)
  const kept = await folders()
  const own = kept.filter(name => !name.startsWith('old-'))
  expect(kept.filter(name => !own.includes(name)).sort()).toEqual(
    [3, 4, 5, 6, 7, 8, 9].map(at => `old-${at}`),
  )
  expect(own).toHaveLength(1)

  // It is the oldest, but was used since the others came.
  await makeOld(own[0]!, 0)
  expect((await peerageWith(cache, '--version').ended).code).toBe(0)
  expect([...(await folders())].sort()).toEqual([...kept].sort())
  expect((await stat(join(compiled, own[0]!))).mtimeMs).toBeGreaterThan(9_000)
})

test('a real peer in the foreground: ready, used by another process, ended by Ctrl-C', async () => {
  const { child, ended } = peerage('start', '--json', '--api-port', '0')
  const [ready] = (await once(child.stdout, 'data')) as [Buffer]
  const { peerId } = JSON.parse(String(ready)) as { peerId: string }
  expect(await run('id')).toMatchObject({ code: 0, out: `${peerId}\n` })
  expect(await run('list', '--json')).toMatchObject({ code: 0, out: '[]\n' })
  expect((await run('start')).code).toBe(7)
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
}, 60_000)

test('a real peer in the background: started, asked, started again, stopped', async () => {
  expect(await run('start', '--background', '--api-port', '0')).toMatchObject({ code: 0, out: '' })
  try {
    const { out } = await run('status', '--json')
    const local = expect.stringContaining('/ip4/127.0.0.1/')
    expect(JSON.parse(out)).toMatchObject({ home, addresses: [local, local] })
    const before = JSON.parse(out) as { pid: number; startedAt: number }
    expect(await run('restart', '--json')).toMatchObject({ code: 0, out: '{"restarted":true}\n' })
    const after = JSON.parse((await run('status', '--json')).out) as typeof before
    expect(after.pid).toBe(before.pid)
    expect(after.startedAt).toBeGreaterThan(before.startedAt)
  } finally {
    expect((await run('stop')).code).toBe(0)
  }
  expect((await run('status')).code).toBe(8)
}, 60_000)

test('remote access: a password from a pipe, a place, and off again; the log tells of it', async () => {
  const asking = peerage('remote', 'password', '--json')
  asking.child.stdin.end('correct horse battery\n')
  const set = await asking.ended
  expect(set).toMatchObject({ code: 0 })
  expect(JSON.parse(set.out)).toMatchObject({ hasPassword: true, enabled: false })
  const short = peerage('remote', 'password')
  short.child.stdin.end('short\n')
  expect((await short.ended).code).toBe(2)
  expect((await run('remote', 'password', '--password', 'correct horse battery')).code).toBe(2)
  expect((await run('start', '--background', '--api-port', '0')).code).toBe(0)
  try {
    const started = await run('remote', 'start', '--address', '127.0.0.1', '--port', '0')
    expect(started).toMatchObject({
      code: 0,
      out: expect.stringMatching(/https:\/\/127\.0\.0\.1:\d+[\s\S]*SHA-256 +([0-9A-F]{2}:){31}/),
    })
    expect((await run('remote', 'stop')).out).toContain('Off.')
    const log = await run('logs', '--room', 'remote', '--json')
    expect(log.out).toContain('"message":"listening"')
    expect(log.out).not.toContain('horse')
  } finally {
    await run('stop')
  }
  expect((await run('logs', '--level', 'info')).out).toContain('started')
}, 60_000)

test('what keeps a background peer from starting is told', async () => {
  const { code, err } = await run('start', '--background', '--set', 'network.port=99999')
  expect(code).toBe(3)
  expect(err).toContain('network.port')
}, 60_000)

test('an identity goes into 24 words and back, with and without a passphrase', async () => {
  expect((await run('id', 'backup')).code).toBe(6)
  const { out: peerId } = await run('id')
  const { out: words, err } = await run('id', 'backup')
  expect(words.trim().split(' ')).toHaveLength(24)
  expect(err).toBe('')
  const answer = async (program: Program, text: string): Program['ended'] => {
    program.child.stdin.end(text)
    return program.ended
  }
  expect(await answer(peerage('id', 'passphrase'), 'secret\n')).toMatchObject({ code: 0, out: '' })
  expect((await run('id')).err).toContain('passphrase')
  expect((await run('id', 'backup')).code).toBe(5)
  const unlock = { PEERAGE_PASSPHRASE: 'secret' }
  expect(await peerageWith(unlock, 'id', 'backup').ended).toMatchObject({ code: 0, out: words })
  expect(await peerageWith(unlock, 'id').ended).toMatchObject({ code: 0, out: peerId })
  expect(await peerageWith(unlock, 'id', 'passphrase', '--remove').ended).toMatchObject({ code: 0 })
  expect(await run('id')).toMatchObject({ code: 0, out: peerId })

  const first = home
  home = await mkdtemp(join(tmpdir(), 'peerage-restored-'))
  try {
    const wrong = words.replace(/^\S+/, 'xyzzy')
    const refused = await answer(peerage('id', 'restore'), wrong)
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('Word 1, "xyzzy"')])
    expect(refused.err).not.toContain(words.split(' ')[5])
    const lines = words.trim().split(' ').join('\n')
    expect(await answer(peerage('id', 'restore'), `${lines}\n`)).toMatchObject({ code: 0, out: peerId })
    expect(await run('id')).toMatchObject({ code: 0, out: peerId })
  } finally {
    await rm(home, { recursive: true, force: true })
    home = first
  }
}, 60_000)

test('what is in an archive is shown before it is imported', async () => {
  const trees = new Trees()
  const file = trees.file('not a photo')
  const { cid } = trees.folder({ 'photo.jpg.exe': file })
  const sections = [cid, file.cid].flatMap(one => {
    const block = trees.block(one)
    return [carSectionHead(one.bytes, block.length), block]
  })
  const path = join(home, 'some.car')
  await writeFile(path, Buffer.concat([encodeCarHeader([cid]), ...sections]))
  for (const words of [['preview'], ['car', 'preview']]) {
    const { code, out, err } = await run(...words, path)
    expect([code, err]).toEqual([0, expect.stringContaining('car import')])
    expect(out).toContain(`${cid}\na folder, 1 file, 11 B`)
    expect(out).toContain('RUNS A PROGRAM, AND LOOKS LIKE SOMETHING ELSE')
  }
}, 60_000)
