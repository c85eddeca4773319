import { expect, test } from 'vitest'
import { Guests } from './guests.ts'

test('guests are expected while an invite is open or one is being taken', () => {
  let hasOpenInvite = false
  const guests = new Guests(() => hasOpenInvite)
  let changes = 0
  guests.onChanged(() => changes++)
  expect(guests.areExpected).toBe(false)
  const [end, endOther] = [guests.expect(), guests.expect()]
  end()
  end()
  expect(guests.areExpected).toBe(true)
  endOther()
  expect(guests.areExpected).toBe(false)
  expect(changes).toBe(4)
  hasOpenInvite = true
  expect(guests.areExpected).toBe(true)
})
