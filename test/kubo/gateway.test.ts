import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kubo, missingKubo, runKubo } from '../../bench/opponents/kubo.ts'
import { makeWorkFolder, type WorkFolder, writeRandomFile } from '../../bench/test-data.ts'
import { systemWorld } from '../../src/base/index.ts'
import { type BlockReader, readFileBytes, verifyBlock } from '../../src/content/index.ts'
import { Gateways } from '../../src/ipfs/gateways/index.ts'
import { Egress } from '../../src/network/index.ts'
import { cidsOfCar, gatewayOver, type TestGateway, Trees } from '../conformance/gateway-trees.ts'

const missing = missingKubo()
const size = 3 * 2 ** 20 + 5
let work: WorkFolder
let kubo: Kubo
let url: string
let folder: string
/** A folder with a file of 256 KiB leaves, in Kubo and in our gateway. */
let root: string
let ours: TestGateway
const trees = new Trees()

describe.skipIf(missing !== undefined)(
  `the gateway of Kubo${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    beforeAll(async () => {
      work = await makeWorkFolder()
      folder = await work.folder('site')
      await writeRandomFile(join(folder, 'random.bin'), size)
      writeFileSync(join(folder, 'a.txt'), 'hello\n')
      const home = await work.folder('kubo')
      kubo = await runKubo(home, { 'Addresses.Gateway': '/ip4/127.0.0.1/tcp/0' })
      root = await kubo.run(
        'add',
        '-Q',
        '-r',
        '--cid-version=1',
        '--raw-leaves',
        '--chunker=size-262144',
        folder,
      )
      url = readFileSync(join(home, 'gateway'), 'utf8').trim()
      for (const text of [root, ...(await kubo.run('refs', '-r', root)).split('\n')]) {
        const cid = CID.parse(text)
        trees.put(cid, new Uint8Array(await (await fetch(`${url}/ipfs/${cid}?format=raw`)).arrayBuffer()))
      }
      ours = gatewayOver(trees)
    })
    afterAll(async () => {
      await kubo?.[Symbol.asyncDispose]()
      await work?.[Symbol.asyncDispose]()
    })

    test.each([
      ['/random.bin?format=car', {}],
      ['/random.bin?format=car&dag-scope=block', {}],
      ['/random.bin?format=car&dag-scope=entity&entity-bytes=300000:900000', {}],
      ['?format=car&dag-scope=entity', {}],
      ['?format=car', { accept: 'application/vnd.ipld.car; order=dfs; dups=y' }],
    ])('sends the same CAR as ours: %s', async (path, headers) => {
      const theirs = await fetch(`${url}/ipfs/${root}${path}`, { headers })
      const told = await ours.get(`/ipfs/${root}${path}`, { headers })
      expect(cidsOfCar(told.bytes)).toEqual(cidsOfCar(new Uint8Array(await theirs.arrayBuffer())))
    })

    test.each([
      ['/random.bin', { range: 'bytes=262140-524300' }],
      ['/random.bin', { range: 'bytes=-7' }],
      ['/random.bin?format=raw', {}],
      ['/a.txt', {}],
      ['/nothing', {}],
      ['/', { 'if-none-match': '*' }],
    ])('answers as ours does: %s %o', async (path, headers) => {
      const theirs = await fetch(`${url}/ipfs/${root}${path}`, { headers: headers as Record<string, string> })
      const told = await ours.get(`/ipfs/${root}${path}`, { headers: headers as Record<string, string> })
      expect(told.status).toBe(theirs.status)
      if (theirs.status >= 300) return
      expect(Buffer.compare(told.bytes, new Uint8Array(await theirs.arrayBuffer()))).toBe(0)
      for (const name of ['content-range', 'content-length', 'x-ipfs-roots', 'cache-control'])
        expect([name, told.headers[name] ?? null]).toEqual([name, theirs.headers.get(name)])
    })

    test('Kubo imports a CAR of our gateway', async () => {
      const own = new Trees()
      const made = own.folder({
        'b.txt': own.file('from us\n'),
        'c.bin': own.file(new Uint8Array(700_000).fill(7)),
      })
      const path = join(work.path, 'ours.car')
      writeFileSync(path, (await gatewayOver(own).get(`/ipfs/${made.cid}?format=car`)).bytes)
      expect(await kubo.run('dag', 'import', path)).toContain(made.cid.toString())
      expect(await kubo.run('cat', `/ipfs/${made.cid}/b.txt`)).toBe('from us')
    })

    test('we fetch a file from it, leaves that are wanted together as one CAR', async () => {
      const network = { egress: new Egress({ lanOnly: false }), mayReach: () => true }
      const gateways = new Gateways({ world: systemWorld, network, urls: () => [url] })
      const source = gateways.sources()[0]!
      const signal = AbortSignal.timeout(30_000)
      const blocks: BlockReader = {
        async get(cid) {
          const block = await source.want(
            cid,
            async (of, bytes) => verifyBlock(of, Uint8Array.from(bytes)),
            signal,
          )
          if (block === undefined) throw new Error(`it has not got ${cid}`)
          return block
        },
      }
      const file = (await kubo.run('resolve', '-r', `/ipfs/${root}/random.bin`)).slice('/ipfs/'.length)
      const parts: Uint8Array[] = []
      for await (const bytes of readFileBytes(blocks, CID.parse(file), { ahead: 8 })) parts.push(bytes)
      expect(Buffer.compare(Buffer.concat(parts), readFileSync(join(folder, 'random.bin')))).toBe(0)
    })
  },
)
