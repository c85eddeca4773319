import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ipfsNodes } from '../../bench/ipfs.ts'
import { missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder, type WorkFolder, writeRandomFile } from '../../bench/test-data.ts'

const missing = missingKubo()
const size = 12 * 2 ** 20 + 5

async function content(work: WorkFolder): Promise<string> {
  const path = join(work.path, 'source')
  await writeRandomFile(path, size)
  return path
}

describe.skipIf(missing !== undefined)(`Bitswap with Kubo${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('Kubo fetches a file from us', async () => {
    await using work = await makeWorkFolder()
    const source = await content(work)
    const into = join(work.path, 'into')
    await using seed = await ipfsNodes.peerage('seed', source, work)
    await using kubo = await runKubo(await work.folder('kubo'))
    const [address = '', root = ''] = seed.at.split(' ')
    await kubo.run('swarm', 'connect', address)
    await kubo.runInto(into, 'cat', root)
    execFileSync('diff', ['-q', source, into])
  })

  test.each([
    ['1 MiB blocks and CIDs of version 1', ['--cid-version=1', '--raw-leaves', '--chunker=size-1048576']],
    ['256 KiB blocks and CIDs of version 0, its older default', ['--cid-version=0', '--raw-leaves=false']],
  ])('we fetch a file from Kubo: %s', async (_, shape) => {
    await using work = await makeWorkFolder()
    const source = await content(work)
    await using kubo = await runKubo(await work.folder('kubo'))
    const root = await kubo.run('add', '--quieter', ...shape, source)
    await using fetcher = await ipfsNodes.peerage('fetch', join(work.path, 'into'), work)
    // Leaves of the older kind have a few bytes around the content.
    const bytes = (await fetcher.fetch(`${kubo.address} ${root}`)) ?? 0
    expect(bytes).toBeGreaterThanOrEqual(size)
    expect(bytes).toBeLessThan(size * 1.001)
  })
})
