import { expect, test } from 'vitest'
import { Guests } from './guests.ts'

test('who is expected is a guest until the invite ends', () => {
  const guests = new Guests()
  let changes = 0
  guests.onChanged(() => changes++)
  expect(guests.has('a')).toBe(false)
  const end = guests.expect('a')
  const endAgain = guests.expect('a')
  expect([guests.has('a'), guests.has('b')]).toEqual([true, false])
  end()
  end()
  expect(guests.has('a')).toBe(true)
  endAgain()
  expect(guests.has('a')).toBe(false)
  const endAnybody = guests.expect()
  expect(guests.has('b')).toBe(true)
  endAnybody()
  expect(guests.has('b')).toBe(false)
  expect(changes).toBe(6)
})
