import { expect, test } from 'vitest'
import { initialWindow } from './frame.ts'
import { ReceiveWindow } from './receive-window.ts'
import { WindowBudget } from './window-budget.ts'

const MiB = 1024 * 1024

function setup(budgetBytes: number, maxWindow: number) {
  const time = { now: 0, rttMs: 10 }
  const budget = new WindowBudget(budgetBytes)
  const window = new ReceiveWindow({ budget, maxWindow, now: () => time.now, rttMs: () => time.rttMs })
  /** Uses up half of the window in `elapsedMs`; returns how much it is raised by. */
  const half = (elapsedMs: number): number => {
    const bytes = window.size / 2
    expect(window.announce(bytes)).toBe(true)
    time.now += elapsedMs
    return window.consume(bytes)
  }
  return { window, budget, half }
}

test('a window that is used up within four round trips doubles, up to its maximum', () => {
  const { window, budget, half } = setup(64 * MiB, MiB)
  expect(half(10)).toBe(initialWindow / 2 + initialWindow)
  expect(window.size).toBe(2 * initialWindow)
  expect(half(100)).toBe(initialWindow)
  half(10)
  half(10)
  expect(window.size).toBe(MiB)
  window.release()
  expect(budget.left).toBe(64 * MiB)
})

test('no window grows beyond what all may have together', () => {
  const { window, half } = setup(100_000, 16 * MiB)
  half(1)
  half(1)
  expect(window.size).toBe(initialWindow + 100_000)
})

test('a sender that exceeds its window is noticed to the byte', () => {
  const { window } = setup(0, MiB)
  expect(window.announce(initialWindow)).toBe(true)
  expect(window.announce(1)).toBe(false)
})

test('unread bytes are never granted again', () => {
  const { window } = setup(0, MiB)
  window.announce(initialWindow)
  expect(window.consume(initialWindow / 2)).toBe(initialWindow / 2)
  expect(window.announce(initialWindow / 2)).toBe(true)
  expect(window.announce(1)).toBe(false)
})

test('a window may begin larger, up to its maximum and while not half of what all may have is taken', () => {
  const { window, budget } = setup(4 * MiB, MiB)
  expect(window.beginWith(8 * MiB)).toBe(MiB - initialWindow)
  expect(window.beginWith(8 * MiB)).toBe(0)
  expect(window.announce(MiB)).toBe(true)
  expect(window.announce(1)).toBe(false)
  budget.take(2 * MiB)
  const other = new ReceiveWindow({ budget, maxWindow: MiB, now: () => 0, rttMs: () => 10 })
  expect(other.beginWith(MiB)).toBe(0)
  window.release()
  expect(other.beginWith(MiB)).toBe(MiB - initialWindow)
})

test('a window tells, also afterwards, how large it should have been from the start', () => {
  const { window, half } = setup(64 * MiB, 16 * MiB)
  window.announce(1000)
  window.consume(1000)
  expect(window.needed).toBe(1000)
  half(1)
  half(1)
  half(100)
  expect(window.size).toBe(4 * initialWindow)
  expect(window.needed).toBe(1000 + (0.5 + 1 + 2) * initialWindow)
  half(100)
  window.release()
  expect(window.needed).toBe(4 * initialWindow)
})
