import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Flight } from './flight.ts'

interface Path {
  /** Of the narrowest place, in bytes a millisecond. */
  speed: number
  roundTripMs: number
  answers: boolean
}

interface Course {
  /** Bytes a millisecond that arrived. */
  readonly speed: number
  /** How long what was written stood in the queue on average, in ms. */
  readonly queueMs: number
}

/** A sender that always has something to send over a path with an endless queue, in steps of a tenth of a millisecond. */
function setup(path: Path, { knows = true } = {}) {
  let now = 0
  const flight = new Flight(() => now)
  if (knows) flight.tookRoundTrip(path.roundTripMs)
  const step = 0.1
  let queue: { bytes: number; marker: number | undefined }[] = []
  let answers: { at: number; marker: number }[] = []
  let queued = 0
  let credit = 0
  const write = (): void => {
    for (let room = flight.room; room > 0 && queued < 64e6; room = flight.room) {
      const bytes = Math.min(room, 64 * 1024)
      queue.push({ bytes, marker: flight.wrote(bytes) })
      queued += bytes
    }
  }
  const carry = (): number => {
    let carried = 0
    credit = queued === 0 ? 0 : credit + path.speed * step
    while (queue.length > 0 && queue[0]!.bytes <= credit) {
      const { bytes, marker } = queue.shift()!
      credit -= bytes
      carried += bytes
      queued -= bytes
      if (marker !== undefined && path.answers) answers.push({ at: now + path.roundTripMs, marker })
    }
    return carried
  }
  const run = (ms: number): Course => {
    const until = now + ms
    let [arrived, stood, steps] = [0, 0, 0]
    for (; now < until; now += step, steps++) {
      for (const { marker } of answers.filter(({ at }) => at <= now)) flight.answered(marker)
      answers = answers.filter(({ at }) => at > now)
      write()
      arrived += carry()
      stood += queued / path.speed
    }
    return { speed: arrived / ms, queueMs: stood / steps }
  }
  const clear = (): void => {
    queue = []
  }
  return { flight, run, clear, path }
}

test.each([
  ['a slow line', 125, 20],
  ['DSL', 1_250, 30],
  ['a line of 100 Mbit/s over an ocean', 12_500, 150],
  ['a local network', 125_000, 1],
  ['this machine', 1_000_000, 0.2],
])(
  '%s is filled, with a short queue',
  (_what, speed, roundTripMs) => {
    const { run } = setup({ speed, roundTripMs, answers: true })
    run(5_000)
    const course = run(4_000)
    expect(course.speed).toBeGreaterThan(0.95 * speed)
    expect(course.queueMs).toBeLessThan(Math.max(roundTripMs + 12, (40 * 1024) / speed))
  },
  20_000,
)

test('a path that becomes longer or faster is filled again, and a queue does not count as a longer path', () => {
  const { run, path } = setup({ speed: 5_000, roundTripMs: 20, answers: true }, { knows: false })
  run(3_000)
  path.roundTripMs = 120
  run(30_000)
  expect(run(3_000).speed).toBeGreaterThan(0.9 * 5_000)
  path.speed = 20_000
  run(15_000)
  const last = run(11_000)
  expect(last.speed).toBeGreaterThan(0.9 * 20_000)
  expect(last.queueMs).toBeLessThan(150)
}, 20_000)

test('who does not answer is not waited for', () => {
  const { run } = setup({ speed: 1_000, roundTripMs: 10, answers: false })
  run(2_500)
  expect(run(1_000).speed).toBeGreaterThan(950)
})

test('answers to nothing change nothing', () => {
  const flight = new Flight(() => 0)
  const { room } = flight
  for (const number of [-1, 0, 5, 2 ** 31]) flight.answered(number)
  expect(flight.room).toBe(room)
  const marker = flight.wrote(256 * 1024)!
  flight.answered(marker + 1)
  expect(flight.room).toBe(0)
  flight.answered(marker)
  flight.answered(marker)
  expect(flight.room).toBe(room)
})

test('whatever the course, nobody waits for an answer that nobody is to give', () => {
  const step = fc.oneof(
    fc.record({ write: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
    fc.record({ answer: fc.constant(true) }),
    fc.record({ wait: fc.constantFrom(0.1, 1, 20, 900) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      let now = 0
      const flight = new Flight(() => now)
      flight.tookRoundTrip(1)
      const open: number[] = []
      for (const { write, answer, wait = 0 } of steps as { write?: number; answer?: true; wait?: number }[]) {
        now += wait
        if (answer && open.length > 0) flight.answered(open.shift()!)
        const bytes = Math.floor(Math.min(flight.room, 262_144) * (write ?? 0))
        const marker = bytes > 0 ? flight.wrote(bytes) : undefined
        if (marker !== undefined) open.push(marker)
        if (open.length === 0) expect(flight.room).toBeGreaterThan(0)
      }
    }),
    { numRuns: 2000 },
  )
})
