import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkOf } from '../../bench/peerage.ts'
import { startPeerage } from '../../bench/peerage-daemon.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const size = 24_000_000

let root = ''
let source = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peerage-change-'))
  source = join(root, 'film.bin')
  await writeFile(source, randomBytes(size))
  await mkdir(join(root, 'into'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Runs `ip` on a host. */
async function ip(lab: Lab, host: number, ...words: string[]): Promise<void> {
  const child = lab.run(host, ['ip', ...words], { stdio: 'inherit' })
  const [code] = await once(child, 'close')
  expect([words, code]).toEqual([words, 0])
}

/** Bytes on disk below a folder; files that are being written have holes. */
async function held(folder: string): Promise<number> {
  const names = await readdir(folder)
  const stats = await Promise.all(names.map(name => stat(join(folder, name))))
  return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0)
}

async function until(what: () => Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (!(await what())) await pause(20)
  return performance.now() - began
}

test.skipIf(missing !== undefined).each<[string, (lab: Lab) => Promise<void>]>([
  [
    'gets another address',
    async lab => {
      await ip(lab, 1, 'address', 'add', '198.18.2.77/32', 'dev', 'tun0')
      await ip(lab, 1, 'address', 'del', `${lab.addressOf(1)}/32`, 'dev', 'tun0')
    },
  ],
  [
    'has no network for two seconds, and then only IPv6',
    async lab => {
      await ip(lab, 1, 'address', 'del', `${lab.addressOf(1)}/32`, 'dev', 'tun0')
      await ip(lab, 1, 'link', 'set', 'tun0', 'down')
      await pause(2_000)
      await ip(lab, 1, 'link', 'set', 'tun0', 'up')
      await ip(lab, 1, 'address', 'replace', `${lab.address6Of(1)}/128`, 'dev', 'tun0', 'nodad')
      await ip(lab, 1, '-6', 'route', 'replace', 'default', 'dev', 'tun0')
    },
  ],
])(
  `a transfer goes on when the receiver %s${skipped}`,
  async (_what, change) => {
    await using lab = await createLab({ hosts: 2, uplinkMbit: 40, rttMs: 10, internet: true })
    const at = (host: number) => (command: readonly string[]) => lab.run(host, command)
    await using sender = await startPeerage(join(root, 'sender'), { start: at(0) })
    await using receiver = await startPeerage(join(root, 'receiver'), { start: at(1) })
    const link = linkOf(await sender.call('files.share', { path: source }))
    const into = join(root, 'into')
    const done = receiver.call('files.get', { link, into })
    done.catch(() => undefined)
    await until(async () => (await held(into)) > size / 8)
    await change(lab)
    const before = await held(into)
    const stoodStillMs = await until(async () => (await held(into)) > before + 2_000_000)
    expect(stoodStillMs).toBeLessThan(8_000)
    await done
    expect((await readFile(join(into, 'film.bin'))).equals(await readFile(source))).toBe(true)
  },
  60_000,
)
