import { expect, it } from 'vitest'
import { Searches } from './searches.ts'

const forever = new AbortController().signal

/** A search that ends at once; `then` runs when the next one has its turn and has not begun. */
async function ending(then: () => void): Promise<void> {
  queueMicrotask(() => queueMicrotask(then))
}

it('whoever gives up as its turn comes passes it on', async () => {
  const searches = new Searches(1)
  const quitter = new AbortController()
  const one = searches.run(() => ending(() => quitter.abort(new Error('enough'))), forever)
  const two = searches.run(async () => 'two', quitter.signal)
  const three = searches.run(async () => 'three', forever)
  await one
  await expect(two).rejects.toThrow('enough')
  expect(await three).toBe('three')
  expect(searches.isIdle).toBe(true)
})

it('nobody slips in between', async () => {
  const searches = new Searches(1)
  let running = 0
  let most = 0
  const search = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
  }
  const late = Promise.withResolvers<void>()
  const one = searches.run(() => ending(() => late.resolve(searches.run(search, forever))), forever)
  await Promise.all([one, searches.run(search, forever), late.promise])
  expect(most).toBe(1)
})
