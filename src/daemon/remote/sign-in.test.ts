import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { pino } from 'pino'
import { beforeEach, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Sessions } from './sessions.ts'
import { maxWaitingAttempts, SignIn } from './sign-in.ts'

const limits = { maxSessions: 2, sessionIdleMs: 600_000, sessionMaxMs: 1_500_000 }
const log = pino({ level: 'silent' })
let world: VirtualWorld
let sessions: Sessions
let signIn: SignIn
let looked: number

beforeEach(() => {
  world = new VirtualWorld(1)
  sessions = new Sessions(world, () => limits)
  looked = 0
  const password = {
    matches: async (given: string) => {
      looked++
      return given === 'right'
    },
  }
  const config = { attemptsPerMinute: 3, totalAttemptsPerMinute: 5 }
  signIn = new SignIn({ world, config, password, sessions, log })
})

/** A connection whose end can be seen. */
class FakeSocket extends EventEmitter {
  isDestroyed = false
  destroy(): void {
    this.isDestroyed = true
    this.emit('close')
  }
}
const socket = (): FakeSocket & Socket => new FakeSocket() as FakeSocket & Socket

const wrong = (address: string) =>
  expect(signIn.signIn(address, 'wrong')).rejects.toMatchObject({ code: 'remote.password-wrong' })
const tooMany = (address: string, password = 'right') =>
  expect(signIn.signIn(address, password)).rejects.toMatchObject({ code: 'remote.attempts' })

test('the right password gives keys that nobody can guess', async () => {
  const [a, b] = [await signIn.signIn('192.0.2.1', 'right'), await signIn.signIn('192.0.2.1', 'right')]
  expect(a).toMatch(/^[0-9a-f]{64}$/)
  expect(b).not.toBe(a)
  expect(sessions.use(a, socket())).toMatchObject({ isOver: false })
  expect(sessions.use('0'.repeat(64), socket())).toBeUndefined()
})

test('after some wrong ones nothing of that address is looked at, right or wrong, until time has passed', async () => {
  for (let i = 0; i < 3; i++) await wrong('192.0.2.1')
  await tooMany('192.0.2.1')
  await tooMany('::ffff:192.0.2.1')
  expect(looked).toBe(3)
  expect(await signIn.signIn('192.0.2.2', 'right')).toMatch(/^[0-9a-f]{64}$/)
  world.advance(20_001)
  await wrong('192.0.2.1')
  await tooMany('192.0.2.1')
})

test('a /64 of IPv6 is one address, and all addresses together have a limit', async () => {
  for (let i = 0; i < 3; i++) await wrong(`2001:db8:1:2::${i}`)
  await tooMany('2001:db8:1:2:ffff::1')
  await wrong('2001:db8:1:3::1')
  await wrong('192.0.2.9')
  await tooMany('192.0.2.10')
  expect(looked).toBe(5)
})

test('many at once do not get past the limit, and only so many wait', async () => {
  const all = await Promise.allSettled(
    Array.from({ length: maxWaitingAttempts + 4 }, () => signIn.signIn('192.0.2.1', 'wrong')),
  )
  const codes = all.map(one => (one.status === 'rejected' ? one.reason.code : 'accepted'))
  expect(codes.filter(code => code === 'remote.password-wrong')).toHaveLength(3)
  expect(codes.filter(code => code === 'remote.attempts')).toHaveLength(maxWaitingAttempts + 1)
  expect(looked).toBe(3)
})

test('a session ends when it is not used, when it is old, and when there are too many', () => {
  const idle = sessions.begin()
  world.advance(limits.sessionIdleMs + 1)
  expect(sessions.use(idle, socket())).toBeUndefined()
  const busy = sessions.begin()
  for (let i = 0; i < 3; i++) {
    world.advance(limits.sessionIdleMs - 100_000)
    if (i < 2) expect(sessions.use(busy, socket())).toBeDefined()
  }
  world.advance(1)
  expect(sessions.use(busy, socket())).toBeUndefined()
  const [a, b] = [sessions.begin(), sessions.begin()]
  expect(sessions.use(a, socket())).toBeDefined()
  const c = sessions.begin()
  expect([a, b, c].map(key => sessions.use(key, socket()) !== undefined)).toEqual([true, false, true])
  expect(sessions.count).toBe(2)
})

test('with a session its connections end, a moment later, even when nobody asks again', () => {
  const key = sessions.begin()
  const [one, other] = [socket(), socket()]
  const session = sessions.use(key, one)!
  sessions.use(key, other)
  other.destroy()
  expect(session.isOver).toBe(false)
  sessions.end(key)
  expect([session.isOver, one.isDestroyed]).toEqual([true, false])
  world.advance(1_001)
  expect(one.isDestroyed).toBe(true)
  const waiting = socket()
  sessions.use(sessions.begin(), waiting)
  world.advance(limits.sessionIdleMs + 120_000)
  expect([sessions.count, waiting.isDestroyed]).toEqual([0, true])
})
