import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kuboProgram, missingKubo } from '../../bench/opponents/kubo.ts'
import { seededRandom } from '../../src/base/index.ts'
import { unixFsProfiles } from '../../src/content/index.ts'
import { createPeer } from '../../src/peer/index.ts'
import { largeCids, largeFileBytes, manyContent, manyNames, stripes } from '../conformance/large-cids.ts'
import { cidOfFolder, entriesBelow } from './tree-cids.ts'

const missing = missingKubo()
const profiles = Object.values(unixFsProfiles)
/** A quarter of an hour of Kubo's time on a slow machine, to see that it still gives the CIDs that are written down. */
const isLarge = process.env.PEERAGE_KUBO_LARGE === '1'

describe.skipIf(missing !== undefined)(`Kubo${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let home: string
  const env = (): NodeJS.ProcessEnv => ({ ...process.env, IPFS_PATH: join(home, 'kubo') })
  const ipfs = (...args: readonly string[]): string =>
    execFileSync(kuboProgram()!, args, { env: env(), stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .trim()
  const add = ['add', '--only-hash', '--quieter', '--recursive', '--hidden']

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'peerage-kubo-'))
    ipfs('init', '--empty-repo')
    makeOddTree(join(home, 'odd'))
    // The program that reads them must not change when a folder was last changed, so this comes last.
    setMetadata(join(home, 'odd'))
  })
  afterAll(() => rmSync(home, { recursive: true }))

  test.each(profiles)('names odd entries as we do: $name', profile => {
    ipfs('config', 'profile', 'apply', profile.name)
    expect(ipfs(...add, join(home, 'odd'))).toBe(cidOfFolder(join(home, 'odd'), profile))
  })

  // Kubo refuses them beside raw leaves, and cannot do without storing blocks.
  test.each(profiles)('names their modes and times as we do, without raw leaves: $name', profile => {
    ipfs('config', 'profile', 'apply', profile.name)
    const folder = join(home, 'odd')
    const mine = cidOfFolder(folder, { ...profile, rawLeaves: false }, stat => ({
      // Links have no mode of their own.
      ...(!stat.isSymbolicLink() && { mode: stat.mode & 0o7777 }),
      mtime: { seconds: Math.floor(stat.mtimeMs / 1000), nanoseconds: 0 },
    }))
    const [command = '', , ...options] = add
    const metadata = ['--raw-leaves=false', '--preserve-mode', '--preserve-mtime']
    expect(ipfs(command, ...options, ...metadata, folder)).toBe(mine)
  })

  test.each(profiles)('names a folder with empty folders in it as a share is named: $name', async profile => {
    ipfs('config', 'profile', 'apply', profile.name)
    const peer = await createPeer({ home: join(home, 'hollow'), offline: true })
    const told: object[] = []
    for await (const update of peer.files.cid({ path: join(home, 'odd', 'empty'), profile: profile.name }))
      told.push(update)
    await peer.stop()
    expect(told.at(-1)).toMatchObject({ cid: ipfs(...add, join(home, 'odd', 'empty')) })
  })

  test('what a file system may hold and no share: names that are not UTF-8', async () => {
    const folder = join(home, 'bytes')
    mkdirSync(folder)
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff, 0xfe])]), 'x')
    const peer = await createPeer({ home: join(home, 'namer'), offline: true })
    try {
      const name = async (): Promise<void> => {
        for await (const _ of peer.files.cid({ path: folder }));
      }
      await expect(name()).rejects.toMatchObject({
        code: 'store.source-unreadable',
        message: expect.stringContaining('not UTF-8'),
      })
    } finally {
      await peer.stop()
    }
  })

  describe.runIf(isLarge)('large, as it is asked for by PEERAGE_KUBO_LARGE=1', () => {
    test.each(profiles)('a file of 5 GB: $name', { timeout: 600_000 }, async profile => {
      ipfs('config', 'profile', 'apply', profile.name)
      const child = spawn(kuboProgram()!, ['add', '--only-hash', '--quieter'], {
        env: env(),
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      let out = ''
      child.stdout.on('data', chunk => (out += chunk))
      const ended = new Promise(resolve => child.once('close', resolve))
      await pipeline(Readable.from(stripes(largeFileBytes)), child.stdin)
      await ended
      expect(out.trim()).toBe(largeCids[profile.name].file)
    })

    test.each(profiles)('a folder of 100,000 entries: $name', { timeout: 600_000 }, profile => {
      ipfs('config', 'profile', 'apply', profile.name)
      const folder = join(home, `many-${profile.name}`)
      mkdirSync(folder)
      for (const name of manyNames()) writeFileSync(join(folder, name), manyContent)
      expect(ipfs(...add, folder)).toBe(largeCids[profile.name].folder)
    })
  })
})

/** Folders by what is odd in them. */
function makeOddTree(root: string): void {
  const random = seededRandom(43)
  const folder = (name: string): string => {
    mkdirSync(join(root, name), { recursive: true })
    return join(root, name)
  }
  const names = folder('names')
  // The same letters composed and not are two names; so are capitals; the order is that of bytes, where U+FFEE comes before U+10000.
  const odd = [
    '\u00fc',
    'u\u0308',
    'U',
    'u',
    '\uffee',
    '\u{10000}',
    '\u{1f469}\u200d\u{1f680}',
    'a\nb',
    'a\tb',
    'a\\b',
    ' ',
  ]
  odd.push(
    'a ',
    '.hidden',
    '..two',
    '-x',
    '--',
    '%2f',
    '"',
    "'",
    '*',
    '?',
    '#',
    '\u0001',
    '\u007f',
    '\u202ecod',
    '0',
    '00',
  )
  odd.push('l'.repeat(255), '\u00e9'.repeat(127), '\u{1f680}'.repeat(63))
  for (const name of odd) writeFileSync(join(names, name), name)
  const empty = folder('empty')
  writeFileSync(join(empty, 'file'), '')
  mkdirSync(join(empty, 'folder'))
  mkdirSync(join(empty, '.hidden'))
  folder('nothing')
  const links = folder('links')
  const targets = [
    'nowhere',
    '../empty',
    '.',
    '/nowhere/at/all',
    '../../../../etc/passwd',
    '\u00fc',
    'a\nb',
    `${'x/'.repeat(500)}y`,
    'self',
  ]
  for (const [at, target] of targets.entries()) symlinkSync(target, join(links, at === 8 ? 'self' : `${at}`))
  let deep = folder('deep')
  for (let level = 0; level < 60; level++) {
    deep = join(deep, `${level}`)
    mkdirSync(deep)
  }
  writeFileSync(join(deep, 'end'), 'the end')
  // Sharded folders: in one another, and with one of each kind of entry.
  const sharded = folder('sharded')
  for (const inner of [sharded, join(sharded, 'again')]) {
    mkdirSync(inner, { recursive: true })
    for (let at = 0; at < 1_500; at++)
      writeFileSync(join(inner, `${at}`.padEnd(100, '\u00e9')), at % 3 === 0 ? '' : `${at}`)
    symlinkSync('nowhere', join(inner, 'link'))
    mkdirSync(join(inner, 'empty'))
  }
  const files = folder('files')
  for (const bytes of [1, 255, 256, 65_535, 262_143, 262_145, 1_048_575, 1_048_577])
    writeFileSync(join(files, `${bytes}`), random.bytes(bytes))
  writeFileSync(join(files, 'zeros'), new Uint8Array(2_500_000))
}

/** Modes and times of every kind; of whole seconds, as what is finer differs from one file system to the next. */
function setMetadata(root: string): void {
  const entries = [...entriesBelow(root)]
  // The deepest first: what is inside must be reached still, and nothing in a folder changes after it.
  entries.sort((a, b) => b.parentPath.length - a.parentPath.length)
  const modes = [0o644, 0o755, 0o600, 0o400, 0o777, 0o4755, 0o1777]
  const times = [1, 1_000_000_000, 1_700_000_000, 2_147_483_648, 4_294_967_297]
  for (const [at, entry] of entries.entries()) {
    const path = join(entry.parentPath, entry.name)
    const time = times[at % times.length]!
    if (entry.isSymbolicLink()) {
      lutimesSync(path, time, time)
      continue
    }
    chmodSync(path, (modes[at % modes.length] ?? 0) | (entry.isDirectory() ? 0o700 : 0))
    utimesSync(path, time, time)
  }
  utimesSync(root, 1_000_000_000, 1_000_000_000)
}
