import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, makeTree, treeOf } from '../peer/trees.ts'
import { type Ended, newFolder, Program, run, startDaemon } from './program.ts'

const root = newFolder()
const MiB = 1_048_576
const isRoot = process.getuid?.() === 0
const nobody = 65_534
let sender: Program
let link: string

beforeAll(async () => {
  fs.chmodSync(root, 0o755)
  makeTree(`${root}/source`, { x: bytesOf(1, 6 * MiB), y: bytesOf(2, 100) })
  sender = await startDaemon(`${root}/a`, 4 * MiB)
  link = (await run(`${root}/a`, 'share', `${root}/source`)).stdout.trim()
})
afterAll(async () => {
  await sender.kill('SIGTERM')
  fs.rmSync(root, { recursive: true, force: true })
})

/** One line of what happened, one of what to do, and nothing that only programmers read. */
function expectTold(ended: Ended, code: number, what: RegExp): void {
  expect(ended.stderr).toMatch(what)
  const lines = ended.stderr.trimEnd().split('\n').slice(-2)
  expect(lines[0]).toMatch(/^Error: \S/)
  expect(lines[1]).toMatch(/^→ \S/)
  expect(ended.stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d/m)
  expect(ended.stdout).toBe('')
  expect(ended.code).toBe(code)
}

let homes = 0
const home = (): string => `${root}/home-${homes++}`

describe('each kind of failure has its message and its exit code', () => {
  it('2: not understood', async () => {
    expectTold(await run(home(), 'gett', 'x'), 2, /get/)
    expectTold(await run(home(), 'get'), 2, /LINK|link/)
    expectTold(await run(home(), 'list', '--nonsense'), 2, /nonsense/)
  })

  it('3: a malformed or truncated link', async () => {
    for (const text of [link.slice(0, 40), link.replace(/&s=.{5}/, '&s='), 'peerage:', 'http://example.org'])
      expectTold(await run(home(), 'get', text, '--into', `${root}/none`), 3, /link/i)
  })

  it('4: no such content', async () => {
    expectTold(await run(`${root}/a`, 'show', 'nothing-like-that'), 4, /nothing-like-that/)
  })

  it('5: not allowed', async () => {
    const noSecret = link.replace(/([?&])s=[^&]+&?/, '$1')
    expectTold(await run(home(), 'get', noSecret, '--into', `${root}/none`), 5, /do not offer this to you/)
  })

  it('6: a source that cannot be read', async () => {
    expectTold(await run(home(), 'share', `${root}/not-there`), 6, /not-there/)
  })

  it.skipIf(!isRoot)('6: a source or a target without permission', async () => {
    fs.mkdirSync(`${root}/users`)
    fs.chownSync(`${root}/users`, nobody, nobody)
    fs.writeFileSync(`${root}/users/locked`, 'x', { mode: 0o600 })
    const share = new Program(`${root}/users/home`, ['share', `${root}/users/locked`], { user: nobody })
    expectTold(await share.ended, 6, /locked/)
    fs.mkdirSync(`${root}/read-only`, { mode: 0o755 })
    const get = new Program(`${root}/users/home`, ['get', link, '--into', `${root}/read-only`], {
      user: nobody,
    })
    expectTold(await get.ended, 6, /read-only/)
  })

  it('7: something else stands there, and a home that is in use', async () => {
    makeTree(`${root}/taken/source`, { x: bytesOf(3, 6 * MiB) })
    expectTold(await run(home(), 'get', link, '--into', `${root}/taken`), 7, /already exists/)
    expectTold(await run(`${root}/a`, 'start'), 7, /already uses|runs/)
  })

  it('7: a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const ended = await new Program(home(), ['start'], { port }).ended
    await new Promise(resolve => server.close(resolve))
    expectTold(ended, 7, /in use/)
  })

  it('8: nobody there', async () => {
    const gone = link.replace(/(tcp|udp)\/\d+/g, '$1/9')
    expectTold(
      await run(home(), 'get', gone, '--into', `${root}/none`, '--timeout', '1'),
      8,
      /within 1 seconds/,
    )
  })

  it('is told as one JSON object with --json', async () => {
    const { code, stderr, stdout } = await run(home(), 'get', 'peerage:', '--json')
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'link.invalid', kind: 'input' } })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  })
})

it('Ctrl-C ends it with 130, and the same command goes on', async () => {
  const at = home()
  const into = `${at}-resumed`
  const get = new Program(at, ['get', link, '--into', into, '--json'])
  await get.until(() => get.lines.some(line => line.bytes > MiB))
  const ended = await get.kill('SIGINT')
  expect(ended.code).toBe(130)
  expect(ended.stderr).toMatch(/the same command goes on/)
  const had = Math.max(...get.lines.map(line => line.bytes))
  const again = new Program(at, ['get', link, '--into', into, '--json'])
  expect(await again.ended).toMatchObject({ code: 0 })
  // What was told to be here is here, once it has been looked at, and only the rest is fetched.
  const begun = again.lines.find(({ state }) => state !== 'checking')
  expect(begun!.bytes).toBeGreaterThanOrEqual(had)
  expect(Math.max(...again.lines.map(line => line.downBytes))).toBeLessThanOrEqual(6 * MiB + 100 - had)
  expect(treeOf(`${into}/source`)).toEqual(treeOf(`${root}/source`))
})

it.skipIf(!isRoot)(
  'a full disk: told what to do, what came is kept, and it goes on when there is room',
  async () => {
    const disk = `${root}/disk`
    fs.mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'peerage-test', disk], { stdio: 'ignore' })
    } catch {
      return
    }
    try {
      const at = home()
      const full = await run(at, 'get', link, '--into', disk)
      expect(full.stderr).toMatch(/The disk is full/)
      expect(full.code).toBe(6)
      execFileSync('mount', ['-o', 'remount,size=16m', disk])
      const again = new Program(at, ['get', link, '--into', disk, '--json'])
      expect(await again.ended).toMatchObject({ code: 0 })
      expect(Math.max(...again.lines.map(line => line.downBytes))).toBeLessThan(5 * MiB)
      expect(treeOf(`${disk}/source`)).toEqual(treeOf(`${root}/source`))
    } finally {
      execFileSync('umount', [disk])
    }
  },
)
