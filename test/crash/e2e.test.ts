import fs from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../src/base/index.ts'
import { bytesOf, makeTree, treeOf } from '../peer/trees.ts'
import { newFolder, Program, run, startDaemon } from './program.ts'

const root = newFolder()
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const MiB = 1_048_576
const bytesPerSecond = 8 * MiB

function makeSource(at: string): { path: string; bytes: number } {
  const plan: Record<string, Uint8Array> = { 'big.bin': bytesOf(1, 9 * MiB + 17), empty: new Uint8Array(0) }
  for (let i = 0; i < 300; i++) plan[`many/${i % 10}/${i}`] = bytesOf(i + 2, 500 + i * 60)
  const bytes = Object.values(plan).reduce((sum, file) => sum + file.length, 0)
  return { path: makeTree(at, plan), bytes }
}

/** Kills the receiver at a random moment of its transfer, or of what is left once `least` bytes are there. */
async function getAndKill(
  home: string,
  link: string,
  into: string,
  random: Random,
  least = 0,
): Promise<void> {
  const get = new Program(home, ['get', link, '--into', into, '--json'])
  await get.until(() => get.lines.some(line => line.state === 'fetching' && (line.bytes ?? 0) >= least))
  await pause(random.below(700))
  await get.kill()
}

it.each([0, 1, 2])(
  `either side is killed in the middle, again and again (seed ${seed}, round %i)`,
  async round => {
    const random = seededRandom(seed + round)
    const folder = `${root}/${round}`
    const [a, b, into] = [`${folder}/a`, `${folder}/b`, `${folder}/into`]
    const source = makeSource(`${folder}/source`)
    let sender = await startDaemon(a, bytesPerSecond)
    const shared = await run(a, 'share', source.path)
    expect(shared).toMatchObject({ code: 0 })
    const link = shared.stdout.trim()
    expect(link).toMatch(/^peerage:\S+$/)

    await getAndKill(b, link, into, random)
    // So that there is something to be found again.
    await getAndKill(b, link, into, random, 1)

    const last = new Program(b, ['get', link, '--into', into, '--json'])
    const isFetching = (): boolean => last.lines.some(line => line.state === 'fetching')
    await last.until(isFetching)
    await pause(random.below(300))
    await sender.kill()
    sender = await startDaemon(a, bytesPerSecond)
    const { code, stderr } = await last.ended
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(treeOf(`${into}/source`)).toEqual(treeOf(source.path))

    // What the index had when the last one began was not fetched again.
    const began = last.lines.find(line => line.state === 'fetching')
    const kept = began?.bytes ?? 0
    const fetched = Math.max(...last.lines.map(line => line.downBytes))
    expect(kept).toBeGreaterThan(0)
    expect(fetched).toBeLessThanOrEqual(source.bytes - kept + 2 * MiB)

    const again = await run(b, 'get', link, '--into', into, '--json')
    expect(again.code).toBe(0)
    expect((await run(b, 'verify', 'source', '--json')).stdout).toContain('"badPieces":0')
    expect(await sender.kill('SIGTERM')).toMatchObject({ code: 0 })
  },
)
