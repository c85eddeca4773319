import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from './log.ts'
import { type LogEntry, LogRing } from './log-ring.ts'

const config = { logLevel: 'debug', maxLogBytes: 1e6, keptLogs: 1, shownLogEntries: 100 } as const
let home: string
beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), 'peerage-ring-'))
})
afterEach(() => fs.rmSync(home, { recursive: true }))

const line = (at: number, more: object = {}): string =>
  JSON.stringify({ level: 30, time: at, pid: 1, hostname: 'h', msg: `entry ${at}`, ...more })
const all = { level: 'debug' } as const
const messages = (entries: readonly LogEntry[]): string[] => entries.map(({ message }) => message)

test('entries are found by level, room and text, the latest of them in their order', () => {
  const { log, ring, close } = openLog(home, config)
  log.debug({ room: 'network', peer: 'Anna' }, 'peer connected')
  log.warn({ room: 'gossip', what: 'It is forged.' }, 'gossip refused')
  log.info('started')
  log.error({ room: 'api', error: new Error('broken') })
  close()
  expect(ring.rooms()).toEqual(['api', 'gossip', 'network'])
  expect(messages(ring.find(all, 10))).toEqual(['peer connected', 'gossip refused', 'started', 'broken'])
  expect(messages(ring.find(all, 2))).toEqual(['started', 'broken'])
  expect(messages(ring.find(all, 1, 3))).toEqual(['gossip refused'])
  expect(messages(ring.find({ level: 'warn' }, 10))).toEqual(['gossip refused', 'broken'])
  expect(messages(ring.find({ ...all, room: 'network' }, 10))).toEqual(['peer connected'])
  expect(messages(ring.find({ ...all, text: 'FORGED' }, 10))).toEqual(['gossip refused'])
  expect(ring.find({ ...all, text: 'anna' }, 10)).toMatchObject([
    { level: 'debug', room: 'network', details: '{"peer":"Anna"}' },
  ])
})

test('only so many are kept, and each is cut', () => {
  const ring = new LogRing(100)
  for (let at = 1; at <= 1_000; at++) ring.push(line(at))
  expect(ring.size).toBe(100)
  expect(messages(ring.find(all, 5_000))).toEqual(Array.from({ length: 100 }, (_, i) => `entry ${901 + i}`))
  ring.push(line(1, { msg: 'x'.repeat(9_999), more: 'y'.repeat(99_999), room: 'z'.repeat(999) }))
  const [last] = ring.find(all, 1)
  expect([last!.message.length, last!.details.length, last!.room.length]).toEqual([2_049, 4_097, 40])
})

test('what an earlier start wrote is there again, and what a crash cut off is left out', async () => {
  const first = openLog(home, config)
  first.log.info('before')
  first.close()
  const path = join(home, 'log/peerage.log')
  await expect.poll(() => fs.readFileSync(path, 'utf8')).toContain('before')
  fs.appendFileSync(path, '{"level":30,"time":5,"msg":"cut o\n"nonsense"\n7\nnull\n')
  const { log, ring, close } = openLog(home, config)
  log.info('after')
  close()
  expect(messages(ring.find(all, 10))).toEqual(['before', 'after'])
})

test('any line is an entry or none, and never throws', () => {
  const ring = new LogRing(50)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record({ level: fc.integer(), time: fc.integer(), msg: fc.string() })
          .map(one => JSON.stringify(one)),
      ),
      text => {
        ring.push(text)
        expect(ring.size).toBeLessThanOrEqual(50)
      },
    ),
  )
})

test('a follower gets what there is, then what comes, until it has enough', async () => {
  const ring = new LogRing(100)
  ring.push(line(1))
  ring.push(line(2))
  const controller = new AbortController()
  const news = ring.follow({ level: 'info' }, 1, controller.signal)
  expect(messages((await news.next()).value!)).toEqual(['entry 2'])
  ring.push(line(3))
  ring.push(line(4, { level: 20 }))
  ring.push(line(5))
  expect(messages((await news.next()).value!)).toEqual(['entry 3', 'entry 5'])
  const waiting = news.next()
  ring.push(line(6))
  expect(messages((await waiting).value!)).toEqual(['entry 6'])
  const reason = new Error('enough')
  const last = news.next()
  controller.abort(reason)
  await expect(last).rejects.toBe(reason)
})

test('a follower that is slow misses what is gone, and nothing grows for it', async () => {
  const ring = new LogRing(100)
  const news = ring.follow(all, 10, new AbortController().signal)
  await news.next()
  for (let at = 1; at <= 1_000; at++) ring.push(line(at))
  const { value } = await news.next()
  expect(value).toHaveLength(100)
  expect(value![0]!.message).toBe('entry 901')
})

test('no secret comes to it', () => {
  const { log, ring, close } = openLog(home, config)
  const secret = 'ab'.repeat(32)
  log.warn(
    { token: secret, nested: { password: 'horse battery', text: `{"seed":"${secret}"}` } },
    `Bearer ${secret}`,
  )
  log.info({ url: `/media/${secret.slice(0, 24)}/film.mp4`, link: 'peerage:x?s=AAAABBBB' }, `token.${secret}`)
  log.error({
    error: Object.assign(new Error(`token=${secret}`), { details: { passphrase: 'horse battery' } }),
  })
  close()
  const text = JSON.stringify(ring.find(all, 10))
  expect(ring.size).toBe(3)
  for (const hidden of ['abab', 'horse', 'AAAABBBB']) expect(text).not.toContain(hidden)
})
