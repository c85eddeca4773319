import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kuboProgram, missingKubo } from '../../bench/opponents/kubo.ts'
import { seededRandom } from '../../src/base/index.ts'
import { unixFsProfiles } from '../../src/content/index.ts'
import { createPeer } from '../../src/peer/index.ts'
import { cidOfFolder, fileOf, optionsOf } from './tree-cids.ts'

const missing = missingKubo()
describe.skipIf(missing !== undefined)(`Kubo${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let home: string
  let folder: string
  const ipfs = (...args: readonly string[]): string =>
    execFileSync(kuboProgram()!, args, {
      env: { ...process.env, IPFS_PATH: join(home, 'kubo') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .toString()
      .trim()

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'peerage-kubo-'))
    folder = join(home, 'tree')
    ipfs('init', '--empty-repo')
    const random = seededRandom(2_015)
    const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes)
    for (const path of ['inner/deep', 'inner/empty', 'many'])
      mkdirSync(join(folder, path), { recursive: true })
    for (const length of [0, 1, 262_143, 262_144, 262_145, 1_048_576, 1_048_577, 5_000_000])
      put(`${length} bytes`, random.bytes(length))
    put('more leaves than links', random.bytes(175 * 262_144))
    put('inner/deep/Zürich', random.bytes(9))
    // With long names it takes fewer files to make a folder that is sharded.
    for (let i = 0; i < 1_500; i++) put(`many/${`${i}`.padEnd(150, '-')}`, random.bytes(8))
    put('inner/deep/large', random.bytes(5_000_000))
    symlinkSync('../elsewhere', join(folder, 'inner/link'))
  })
  afterAll(() => rmSync(home, { recursive: true }))

  test.each(Object.values(unixFsProfiles))('names a tree as we do: $name', profile => {
    ipfs('config', 'profile', 'apply', profile.name)
    expect(ipfs('add', '--only-hash', '--quieter', '--recursive', '--empty-dirs', folder)).toBe(
      cidOfFolder(folder, profile),
    )
  })

  test.each(Object.values(unixFsProfiles))('names a folder as `peerage cid` does: $name', async profile => {
    ipfs('config', 'profile', 'apply', profile.name)
    const told: string[] = []
    const peer = await createPeer({ home: join(home, 'namer'), offline: true })
    try {
      for await (const update of peer.files.cid({ path: folder, profile: profile.name }))
        if (update.phase === 'named') told.push(update.cid)
    } finally {
      await peer.stop()
    }
    const kubo = ['add', '--only-hash', '--quieter', '--recursive', '--empty-dirs', folder]
    expect(told).toEqual([ipfs(...kubo)])
  })

  test('writes mode and time as we do', () => {
    const profile = unixFsProfiles['unixfs-v0-2015']
    ipfs('config', 'profile', 'apply', profile.name)
    const file = join(folder, '5000000 bytes')
    const options = optionsOf(profile)
    for (const [nanoseconds, more] of [
      [0, []],
      [5, ['--mtime-nsecs=5']],
    ] as const) {
      const root = ipfs('add', '--only-hash', '--quieter', '--mode=0640', '--mtime=1234567890', ...more, file)
      const metadata = { mode: 0o640, mtime: { seconds: 1_234_567_890, nanoseconds } }
      expect(root).toBe(fileOf(readFileSync(file), options, metadata).cid.toString())
    }
  })

  test('exchanges archives with us, both ways', async () => {
    const profile = unixFsProfiles['unixfs-v1-2025']
    ipfs('config', 'profile', 'apply', profile.name)
    const inner = join(folder, 'inner')
    const root = ipfs('add', '--quieter', '--recursive', '--empty-dirs', inner)
    const [theirs, ours] = [join(home, 'theirs.car'), join(home, 'ours.car')]
    const archive = execFileSync(kuboProgram()!, ['dag', 'export', '--progress=false', root], {
      env: { ...process.env, IPFS_PATH: join(home, 'kubo') },
      maxBuffer: 2 ** 28,
    })
    writeFileSync(theirs, archive)
    const peer = await createPeer({ home: join(home, 'peer'), offline: true })
    try {
      for await (const update of peer.car.import({ file: theirs }))
        if (update.phase === 'imported')
          expect(update).toMatchObject({ roots: [root], missing: 0, pinned: 1 })
      for await (const _ of peer.car.export({ what: root, path: ours, version: 2 }));
    } finally {
      await peer.stop()
    }
    rmSync(join(home, 'kubo'), { recursive: true })
    ipfs('init', '--empty-repo')
    expect(ipfs('dag', 'import', ours)).toContain(root)
    ipfs('get', '--output', join(home, 'got'), root)
    execFileSync('diff', ['-r', '--no-dereference', inner, join(home, 'got')])
  })
})
