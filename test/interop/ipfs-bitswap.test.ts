import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ipfsNodes } from '../../bench/ipfs.ts'
import { makeWorkFolder, writeRandomFile } from '../../bench/test-data.ts'

const size = 12 * 2 ** 20 + 5

// Each in a process of its own, as they meet. Every block is verified by who fetches it.
for (const [seed, fetcher] of [
  ['peerage', 'helia'],
  ['helia', 'peerage'],
] as const)
  test(`${fetcher} fetches a file from ${seed} over Bitswap`, async () => {
    await using work = await makeWorkFolder()
    const source = join(work.path, 'source')
    await writeRandomFile(source, size)
    await using from = await ipfsNodes[seed]('seed', source, work)
    await using to = await ipfsNodes[fetcher]('fetch', join(work.path, 'into'), work)
    expect(await to.fetch(from.at)).toBe(size)
  })
