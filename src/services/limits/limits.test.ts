import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, VirtualWorld } from '../../base/index.ts'
import { limitsConfig } from './config.ts'
import { Limits, type LimitsSettings } from './limits.ts'
import { limitsOperations } from './operations.ts'
import { paint } from './paint.ts'
import { hourOfWeek, type Mode, Week } from './week.ts'

const hour = 3_600_000
/** Monday, 2 March 2026, midnight UTC. */
const monday = Date.UTC(2026, 2, 2)
const all = (letter: string): string[] => Array<string>(7).fill(letter.repeat(24))
const signal = new AbortController().signal

/** Berlin in 2026: summer from 29 March 01:00 UTC to 25 October 01:00 UTC. */
const berlin = (at: number): number =>
  at >= Date.UTC(2026, 2, 29, 1) && at < Date.UTC(2026, 9, 25, 1) ? 2 * hour : hour
const utc = (): number => 0

function setUp(changes: Partial<LimitsSettings> = {}, epoch = monday) {
  const world = new VirtualWorld(1, epoch)
  let settings: LimitsSettings = {
    ...limitsConfig.parse({}),
    uploadBytesPerSecond: 0,
    downloadBytesPerSecond: 0,
    ...changes,
  }
  const told: Mode[] = []
  const limits: Limits = new Limits({
    world,
    settings: () => settings,
    async set(key, value) {
      settings = { ...settings, [key.split('.')[1]!]: value }
      limits.apply()
    },
    changed: now => told.push(now),
  })
  limits.start()
  return { world, limits, told }
}

describe('the week', () => {
  it('begins on Monday', () => {
    expect(hourOfWeek(monday)).toBe(0)
    expect(hourOfWeek(monday - 1)).toBe(167)
    expect(hourOfWeek(monday + 25 * hour)).toBe(25)
  })

  it('finds the next change by looking at every minute', () => {
    const cell = fc.constantFrom('f', 's', 'o')
    const day = fc.array(cell, { minLength: 24, maxLength: 24 }).map(letters => letters.join(''))
    const week = fc.array(day, { minLength: 7, maxLength: 7 })
    const at = fc
      .integer({ min: 0, max: 365 * 24 * 60 })
      .map(minute => Date.UTC(2026, 0, 1) + minute * 60_000)
    fc.assert(
      fc.property(week, at, (days, now) => {
        const one = new Week(days)
        const mode = one.modeAt(now, berlin)
        let expected: number | undefined = now
        while (expected < now + 26 * hour && one.modeAt(expected, berlin) === mode) expected += 60_000
        if (expected >= now + 26 * hour) return
        expect(one.changesAt(now, berlin)).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('leaves out the hour that summer time takes, and has the one twice that it gives back', () => {
    const sunday = [...all('f').slice(0, 6), `ffs${'f'.repeat(21)}`]
    const week = new Week(sunday)
    // On 29 March the clock goes from 01:59 to 03:00.
    const spring = Date.UTC(2026, 2, 28, 23)
    expect(week.changesAt(spring, berlin)).toBe(Date.UTC(2026, 3, 5, 0))
    // On 25 October 02:00 to 03:00 comes twice.
    const autumn = Date.UTC(2026, 9, 25, 0)
    expect(week.modeAt(autumn, berlin)).toBe('slow')
    expect(week.modeAt(autumn + hour, berlin)).toBe('slow')
    expect(week.changesAt(autumn, berlin)).toBe(autumn + 2 * hour)
  })

  it('never changes when all hours are the same', () => {
    expect(new Week(all('s')).changesAt(monday, utc)).toBeUndefined()
    expect(new Week([]).changesAt(monday, utc)).toBeUndefined()
  })
})

describe('painting', () => {
  it.each([
    ['mon-fri', '08:00-18:00', 0, 8, 17],
    ['sun', '0-24', 6, 0, 23],
    ['all', '9-10', 3, 9, 9],
  ])('%s %s', (days, hours, day, first, last) => {
    const painted = paint([], { days, hours, mode: 'slow' })[day]!
    expect([painted.indexOf('s'), painted.lastIndexOf('s')]).toEqual([first, last])
  })

  it('goes over midnight into the next day, also from Sunday to Monday', () => {
    const week = paint([], { days: 'sun', hours: '22-6', mode: 'off' })
    expect(week[6]).toBe(`${'f'.repeat(22)}oo`)
    expect(week[0]).toBe(`oooooo${'f'.repeat(18)}`)
  })

  it.each([
    ['someday', '8-9'],
    ['mon', '8'],
    ['mon', '25-26'],
    ['mon', '08:30-9'],
  ])('refuses %s %s', (days, hours) => {
    expect(() => paint([], { days, hours, mode: 'slow' })).toThrow(PeerageError)
  })
})

describe('limits', () => {
  it('follow the hours', () => {
    const week = paint(paint([], { days: 'mon', hours: '1-2', mode: 'slow' }), {
      days: 'mon',
      hours: '2-3',
      mode: 'off',
    })
    const { world, limits, told } = setUp({ week, uploadBytesPerSecond: 1e6 })
    expect([limits.upload.bytesPerSecond, limits.download.limited]).toEqual([1e6, false])
    expect(limits.report()).toMatchObject({ now: 'full', until: monday + hour, hour: 0 })
    world.advance(hour + 5_000)
    expect([limits.upload.bytesPerSecond, limits.download.bytesPerSecond]).toEqual([100_000, 500_000])
    world.advance(hour)
    expect(limits.upload.waitMs(world.now())).toBeGreaterThan(0)
    expect(limits.report().now).toBe('off')
    world.advance(hour)
    expect(limits.upload.waitMs(world.now())).toBe(0)
    expect(limits.download.waitMs(world.now())).toBe(0)
    expect(told).toEqual(['slow', 'off', 'full'])
    limits.stop()
  })

  it('the switch holds until it is changed', async () => {
    const { world, limits } = setUp({ week: all('o') })
    expect(limits.report().now).toBe('off')
    await limitsOperations.mode.run(limits, { mode: 'slow' }, { signal })
    world.advance(24 * hour)
    expect(limits.report()).toMatchObject({ now: 'slow', mode: 'slow' })
    expect(limits.report().until).toBeUndefined()
    await limitsOperations.mode.run(limits, { mode: 'schedule' }, { signal })
    expect(limits.report().now).toBe('off')
    limits.stop()
  })

  it('are never faster when they are slow', async () => {
    const { limits } = setUp({ mode: 'slow', uploadBytesPerSecond: 10_000 })
    expect(limits.report().rates).toEqual({ upload: 10_000, download: 500_000 })
    const report = await limitsOperations.set.run(limits, { slowUpload: 5_000, download: 7 }, { signal })
    expect(report.rates).toEqual({ upload: 5_000, download: 7 })
    limits.stop()
  })

  it('are painted bit by bit and cleared', async () => {
    const { limits } = setUp()
    const input = { days: 'mon', hours: '0-1', mode: 'slow', clear: false } as const
    expect((await limitsOperations.schedule.run(limits, input, { signal })).now).toBe('slow')
    expect((await limitsOperations.schedule.run(limits, { clear: true }, { signal })).week).toEqual([])
    limits.stop()
  })

  it.each([
    [{}],
    [{ days: 'mon' }],
    [{ days: 'mon', hours: '1-2' }],
    [{ week: ['f'] }],
    [{ week: all('x') }],
  ])('does not take %j for a schedule', input => {
    expect(limitsOperations.schedule.input.safeParse(input).success).toBe(false)
  })
})
