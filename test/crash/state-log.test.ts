import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { seededRandom, systemWorld } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'
import { scratchFolder } from './copy-content.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let home: string

beforeEach(() => {
  home = scratchFolder()
})

afterEach(() => {
  fs.rmSync(home, { recursive: true, force: true })
})

/** Answers the last change that was acknowledged. */
async function changeAndKill(from: number, afterMs: number): Promise<number> {
  const args = [`${import.meta.dirname}/state-log-child.ts`, home, String(from)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', chunk => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
    text += chunk
  })
  await once(child, 'close')
  return Number(/put (\d+)\n(?:put \d*)?$/.exec(text)?.[1])
}

/** What the log alone says, the database being lost. */
async function rebuilt(): Promise<Map<string, number>> {
  for (const name of fs.readdirSync(home)) if (name.startsWith('index.db')) fs.rmSync(`${home}/${name}`)
  const store = await openStore({ home, world: systemWorld, workers: 1 })
  const values = [...store.state.entries('crash')].map(
    ([key, value]) => [key, (value as { n: number }).n] as const,
  )
  await store.close()
  return new Map(values)
}

it(`a log that is written anew all the time survives being killed (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  let next = 0
  for (let round = 0; round < 6; round++) {
    const last = await changeAndKill(next, 5 + random.fraction() * 200)
    expect(last).toBeGreaterThanOrEqual(next)
    // Of a change that was under way either half may be there.
    expect(fs.statSync(`${home}/state.log`).size).toBeLessThan(16_384)
    const values = await rebuilt()
    for (let n = Math.max(0, last - 5); n <= last; n++) {
      if (n % 10 === 3) continue
      const said = values.get(`key ${n % 10}`)
      expect({ seed, round, n, isThere: said === n || said === n + 10 }).toMatchObject({ isThere: true })
    }
    next = last + 1
  }
})
