import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { usageOf } from './process-usage.ts'
import { didNotEnd, formatGoals, formatTable, isReached, mediansOf } from './report.ts'
import { Unfinished, within } from './unfinished.ts'

test('medians of odd and even counts, figure by figure', () => {
  const odd = mediansOf(new Map([['a', [{ s: 3 }, { s: 1 }, { s: 2 }]]]))
  expect(odd.get('a')).toEqual({ s: 2 })
  const even = mediansOf(new Map([['a', [{ s: 1, m: 5 }, { s: 2 }]]]))
  expect(even.get('a')).toEqual({ s: 1.5, m: 5 })
})

test('the table has a row for each system and a dash for what was not measured', () => {
  const table = formatTable(
    new Map([
      ['peerage', { seconds: 3.21234, 'MB/s': 334.2 }],
      ['cp -r', { seconds: 12 }],
    ]),
  )
  expect(table.split('\n').map(row => row.split(/ {2,}/))).toEqual([
    ['', 'seconds', 'MB/s'],
    ['peerage', '3.212', '334'],
    ['cp -r', '12.0', '-'],
  ])
})

test('what hangs is given up, and its row tells how often it did not end', async () => {
  vi.useFakeTimers()
  try {
    const hung = within(1000, new Promise(() => {}))
    const judged = expect(hung).rejects.toThrow(Unfinished)
    await vi.advanceTimersByTimeAsync(1000)
    await judged
    expect(await within(1000, Promise.resolve('done'))).toBe('done')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
  const ended = { s: 4 }
  const medians = mediansOf(
    new Map([
      ['quick', [ended, ended]],
      ['slow', [ended, { [didNotEnd]: 1 }, { [didNotEnd]: 1 }]],
    ]),
  )
  expect(medians.get('quick')).toEqual({ s: 4 })
  expect(medians.get('slow')).toEqual({ s: 4, [didNotEnd]: 2 })
})

test('a goal is missed by a figure that is too high, too low or not there', () => {
  expect(isReached({ what: 's', value: 1, limit: 1 })).toBe(true)
  expect(isReached({ what: 's', value: 1.1, limit: 1 })).toBe(false)
  expect(isReached({ what: 's', value: 0.9, limit: 1, atLeast: true })).toBe(false)
  expect(isReached({ what: 's', value: Number.NaN, limit: 1 })).toBe(false)
  expect(formatGoals([{ what: 'MB/s', value: 5, limit: 7, atLeast: true }])).toBe(
    'MISSED   MB/s: 5.000 (at least 7.000)',
  )
})

test.skipIf(process.platform !== 'linux')(
  'the use of a process includes its threads and children',
  async () => {
    const busy = "while (process.cpuUsage().user < 200_000); console.log('done'); setInterval(() => {}, 1e6)"
    const program = `
    new (require('node:worker_threads').Worker)(${JSON.stringify(busy)}, { eval: true })
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(busy)}], { stdio: 'inherit' })`
    const child = spawn(process.execPath, ['-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    while (said.split('done').length < 3) await once(child.stdout, 'data')
    const usage = usageOf(child.pid ?? 0)
    expect(usage.cpuSeconds).toBeGreaterThan(0.35)
    expect(usage.memory).toBeGreaterThan(40e6)
    expect(usage.peakMemory).toBeGreaterThanOrEqual(usage.memory)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  },
)
