import fs from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { seededRandom } from '../../src/base/index.ts'
import { bytesOf, makeTree, treeOf } from '../peer/trees.ts'
import { newFolder, Program, run, startDaemon } from './program.ts'

const root = newFolder()
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const MiB = 1_048_576

const told = async <T>(home: string, ...words: string[]): Promise<T> =>
  JSON.parse((await run(home, ...words, '--json')).stdout.trim().split('\n').at(-1)!) as T

/** Bytes of files of unfinished trees that the index of a daemon that was killed says to be here: what the next one begins with. */
function durable(home: string): number {
  const copy = `${root}/copy`
  fs.mkdirSync(copy)
  for (const name of fs.readdirSync(home).filter(one => one.startsWith('blocks.db')))
    fs.copyFileSync(`${home}/${name}`, `${copy}/${name}`)
  using db = new DatabaseSync(`${copy}/blocks.db`)
  let sum = 0
  for (const { ranges } of db.prepare('SELECT ranges FROM progress').all()) {
    const ends = new Float64Array(Uint8Array.from(ranges as Uint8Array).buffer)
    for (let i = 0; i < ends.length; i += 2) sum += ends[i + 1]! - ends[i]!
  }
  fs.rmSync(copy, { recursive: true })
  return sum
}

/** A file has its name once the index knows all of it. */
const namedIn = (folder: string): boolean =>
  fs.existsSync(folder) &&
  fs.readdirSync(folder, { recursive: true }).some(name => /\d\/\d+$/.test(String(name)))

/** By the DHT alone: nobody is named to the one that fetches but the peer to enter by. */
const routed = ['--set', 'ipfsRouting.dht=server', '--set', 'ipfsSession.findAgainMs=1000']

it(`a daemon that is killed while it fetches a CID loses nothing of what its index knew (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const [a, b, into] = [`${root}/a`, `${root}/b`, `${root}/into`]
  const files: Record<string, Uint8Array> = { 'big.bin': bytesOf(1, 12 * MiB + 17), empty: new Uint8Array(0) }
  for (let i = 0; i < 100; i++) files[`many/${i % 10}/${i}`] = bytesOf(i + 2, 500 + i * 60)
  const source = makeTree(`${root}/source`, files)
  const sender = await startDaemon(a, 3 * MiB, [...routed, '--set', 'ipfsRouting.bootstrap='])
  const { cid } = await told<{ cid: string }>(a, 'share', source, '--on', 'ipfs')
  const { addresses } = await told<{ addresses: string[] }>(a, 'status')
  const near = addresses.filter(address => address.startsWith('/ip4/127.0.0.1/tcp/')).join(',')
  const words = [...routed, '--set', `ipfsRouting.bootstrap=${near}`]

  let least = 0
  for (let round = 0; round < 3; round++) {
    const receiver = await startDaemon(b, undefined, words)
    const get = new Program(b, ['get', `ipfs://${cid}`, '--into', into, '--json'])
    const bytes = (): number => Math.max(0, ...get.lines.map(line => line.bytes ?? 0))
    if (round < 2) {
      // Not by the time: on a busy machine it takes seconds until the index is brought up to date.
      await get.until(() => bytes() > least + MiB && namedIn(into))
      await pause(random.below(500))
      await receiver.kill()
      await get.ended
      least = durable(b)
      expect(least).toBeGreaterThan(0)
      continue
    }
    expect((await get.ended).code).toBe(0)
    const began = get.lines.find(({ state }) => state === 'fetching')
    expect(began?.bytes).toBeGreaterThanOrEqual(least)
    await receiver.kill('SIGTERM')
  }
  expect(treeOf(`${into}/${cid}`)).toEqual(treeOf(source))
  const left = fs.readdirSync(into, { recursive: true }).filter(name => String(name).endsWith('.part'))
  expect(left).toEqual([])
  expect(fs.readdirSync(`${b}/trees`)).toEqual([])

  // Killed once more, and removed instead: nothing is left of it.
  const receiver = await startDaemon(b, undefined, words)
  const other = makeTree(`${root}/other`, { 'one.bin': bytesOf(7, 12 * MiB), 'sub/two.bin': bytesOf(8, 100) })
  const shared = await told<{ cid: string }>(a, 'share', other, '--on', 'ipfs')
  const get = new Program(b, ['get', shared.cid, '--into', `${root}/into-other`, '--json'])
  await get.until(() => get.lines.some(line => (line.bytes ?? 0) > MiB))
  await receiver.kill()
  await get.ended
  expect(fs.readdirSync(`${root}/into-other`)).toEqual([shared.cid])
  const last = await startDaemon(b, undefined, ['--set', 'ipfs.enabled=false'])
  expect(await run(b, 'remove', shared.cid)).toMatchObject({ code: 0 })
  expect(fs.readdirSync(`${root}/into-other`)).toEqual([])
  expect(fs.readdirSync(`${b}/trees`)).toEqual([])
  await last.kill('SIGTERM')
  await sender.kill('SIGTERM')
})
