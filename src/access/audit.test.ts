import * as fs from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { AuditLog } from './audit.ts'
import type { AuditRecord } from './audit-line.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'audit-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function setUp({
  state = new MemoryKeyValue(),
  world = new VirtualWorld(1),
  ...change
}: Partial<AccessConfig> & { state?: MemoryKeyValue; world?: VirtualWorld } = {}) {
  const log = new AuditLog({ home, world, state, config: { ...defaultAccessConfig, ...change } })
  return { log, world, state }
}

function got(i: number, change: Partial<AuditRecord> = {}): AuditRecord {
  const rule = 'contacts'
  return {
    peer: `p${i}`,
    action: 'read',
    resource: 'content:a',
    allowed: true,
    reason: 'ok',
    rule,
    ...change,
  }
}

const path = (i = 0): string => join(home, i === 0 ? 'audit.log' : `audit.log.${i}`)
const linesOf = (i = 0): string[] => fs.readFileSync(path(i), 'utf8').split('\n').slice(0, -1)

describe('the audit log', () => {
  test('is written soon after, for nobody else to read, and goes on after a restart', async () => {
    const { log, world, state } = setUp()
    log.record(got(1, { bytes: 7 }))
    expect(fs.existsSync(path())).toBe(false)
    world.advance(500)
    await log.flush()
    expect(fs.statSync(path()).mode & 0o777).toBe(0o600)
    expect(linesOf()).toHaveLength(1)
    await log.close()
    const again = setUp({ state, world }).log
    again.record(got(2))
    expect(await again.read()).toMatchObject([
      { sequence: 1, peer: 'p1', bytes: 7 },
      { sequence: 2, peer: 'p2' },
    ])
    expect(await again.verify()).toMatchObject({ lines: 2, problems: [] })
  })

  test('tells what was asked for', async () => {
    const { log, world } = setUp()
    for (let i = 0; i < 10; i++) log.record(got(i, { allowed: i % 2 === 0, resource: `content:${i % 3}` }))
    world.advance(1000)
    log.record(got(11, { action: 'use' }))
    const peers = async (filter: Parameters<AuditLog['read']>[0]) =>
      (await log.read(filter)).map(row => row.peer)
    expect(await peers({ peers: ['p3', 'p4'] })).toEqual(['p3', 'p4'])
    expect(await peers({ allowed: false, resource: 'content:0' })).toEqual(['p3', 'p9'])
    expect(await peers({ action: 'use' })).toEqual(['p11'])
    expect(await peers({ since: world.wallTime() })).toEqual(['p11'])
    expect(await peers({ limit: 2 })).toEqual(['p9', 'p11'])
  })

  test('sums up what happens again within a minute', async () => {
    const { log, world } = setUp()
    for (let i = 0; i < 100; i++) log.record(got(1, { bytes: 10 }))
    world.advance(60_000)
    log.record(got(1, { bytes: 10 }))
    const rows = await log.read()
    expect(rows.map(({ count, bytes }) => [count, bytes])).toEqual([
      [undefined, 10],
      [99, 990],
      [undefined, 10],
    ])
  })

  test('a flood of strangers is a number, and does not hide those that are known', async () => {
    const { log, world } = setUp({ auditStrangersPerMinute: 5 })
    for (let i = 0; i < 100_000; i++) log.record(got(i, { allowed: false, rule: undefined }))
    for (let i = 0; i < 100; i++) log.record(got(i, { rule: 'everyone' }))
    log.record(got(7, { peer: 'friend' }))
    log.record(got(7, { peer: 'foe', allowed: false, rule: 'peer:foe' }))
    world.advance(60_000)
    const rows = await log.read()
    expect(rows).toHaveLength(8)
    expect(rows.at(-1)).toMatchObject({ peer: '*', count: 100_000 + 100 - 5 })
    expect(rows.filter(row => row.peer.startsWith('f'))).toHaveLength(2)
    expect(fs.statSync(path()).size).toBeLessThan(4000)
  })

  test('is bounded, and its chain goes over its files', async () => {
    const { log } = setUp({ auditFileBytes: 4096, auditFiles: 3 })
    for (let i = 0; i < 500; i++) {
      log.record(got(i))
      if (i % 7 === 0) await log.flush()
    }
    await log.flush()
    expect(fs.readdirSync(home).toSorted()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2'])
    for (const i of [0, 1, 2]) expect(fs.statSync(path(i)).size).toBeLessThanOrEqual(4096)
    const { lines, problems } = await log.verify()
    expect(problems).toEqual([])
    expect(lines).toBeGreaterThan(30)
    expect((await log.read({ limit: 1 }))[0]).toMatchObject({ sequence: 500, peer: 'p499' })
  })

  test('shows every line that was changed, taken out, put in or moved', async () => {
    const { log } = setUp()
    for (let i = 0; i < 20; i++) log.record(got(i))
    await log.flush()
    const whole = linesOf()
    const problemsWith = async (lines: readonly string[]): Promise<string[]> => {
      fs.writeFileSync(path(), lines.map(line => `${line}\n`).join(''))
      return (await log.verify()).problems.map(({ line, what }) => `${line} ${what}`)
    }
    expect(await problemsWith(whole)).toEqual([])
    expect(await problemsWith(whole.with(4, whole[4]!.replace('p4', 'p5')))).toEqual([
      '5 does not follow the line before it',
    ])
    expect(await problemsWith(whole.toSpliced(4, 1))).toEqual(['5 does not follow the line before it'])
    expect(await problemsWith(whole.toSpliced(4, 0, whole[3]!))).toContain(
      '5 does not follow the line before it',
    )
    expect(await problemsWith(whole.slice(0, 15))).toEqual(['15 is the last one, but there were more'])
    expect(await problemsWith(whole.with(4, 'nonsense'))).toEqual([
      '5 is damaged',
      '6 does not follow the line before it',
    ])
  })

  test('any byte that changes shows', async () => {
    const { log } = setUp()
    for (let i = 0; i < 5; i++) log.record(got(i))
    await log.flush()
    const whole = fs.readFileSync(path())
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(whole)
        changed[at]! ^= change
        fs.writeFileSync(path(), changed)
        expect((await log.verify()).problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 200 },
    )
  })

  test.each([
    ['cut off in a line', (file: Buffer) => file.subarray(0, -20), 'the end of the log was damaged'],
    ['garbage at the end', (file: Buffer) => Buffer.concat([file, Buffer.from('\0\0\0')]), 'damaged'],
    ['a line changed', (file: Buffer) => Buffer.from(String(file).replace('p9', 'p8')), 'damaged'],
    ['lines cut off', (file: Buffer) => file.subarray(0, file.indexOf('\n') + 1), 'are missing'],
    ['nothing left', () => Buffer.alloc(0), 'are missing'],
  ])('notices and keeps a bad end: %s', async (_, spoil, said) => {
    const { log, state, world } = setUp()
    for (let i = 0; i < 10; i++) log.record(got(i))
    await log.close()
    const spoilt = spoil(fs.readFileSync(path()))
    fs.writeFileSync(path(), spoilt)
    const again = setUp({ state, world }).log
    again.record(got(100))
    const rows = await again.read()
    expect(rows.slice(-2)).toMatchObject([
      { action: 'note', reason: expect.stringContaining(said) },
      { sequence: 12, peer: 'p100' },
    ])
    expect(fs.readFileSync(path()).subarray(0, spoilt.length)).toEqual(spoilt)
    const { problems } = await again.verify()
    expect(problems.some(({ what }) => what.includes(said))).toBe(true)
    await again.close()
    const third = setUp({ state, world }).log
    expect((await third.read()).at(-1)).toMatchObject({ peer: 'p100' })
  })

  test('waits for a disk that refuses, up to a bound, and says how much was lost', async () => {
    const { log, world } = setUp()
    fs.mkdirSync(path())
    for (let i = 0; i < 10_050; i++) log.record(got(i % 9000, { resource: `content:${i}` }))
    await expect(log.flush()).rejects.toThrow()
    fs.rmdirSync(path())
    await log.flush()
    world.advance(60_000)
    const rows = await log.read()
    expect(rows.filter(row => row.action === 'read')).toHaveLength(10_000)
    expect(rows.some(({ peer, count }) => peer === '*' && count === 50)).toBe(true)
    expect((await log.verify()).problems).toEqual([])
  })

  test('bounds what it is told, and does without a file', async () => {
    const { log } = setUp()
    log.record(got(1, { reason: 'x'.repeat(100_000), resource: '\n"\\\u0000\u2028\r' }))
    const [row] = await log.read()
    expect(row?.reason).toHaveLength(512)
    expect(row?.resource).toBe('\n"\\\u0000\u2028\r')
    expect(linesOf()).toHaveLength(1)
  })
})
