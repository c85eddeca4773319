import { expect, it } from 'vitest'
import { Searches } from './searches.ts'

const forever = new AbortController().signal

it('whoever gives up as its turn comes passes it on', async () => {
  const searches = new Searches(1)
  const first = Promise.withResolvers<void>()
  const quitter = new AbortController()
  const one = searches.run(() => first.promise, forever)
  const two = searches.run(async () => 'two', quitter.signal)
  const three = searches.run(async () => 'three', forever)
  first.resolve()
  void one.then(() => quitter.abort(new Error('enough')))
  await Promise.allSettled([one, two])
  expect(await three).toBe('three')
  expect(searches.isIdle).toBe(true)
})

it('nobody slips in between', async () => {
  const searches = new Searches(1)
  let running = 0
  let most = 0
  const search = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await Promise.resolve()
    running--
  }
  const one = searches.run(search, forever)
  const two = searches.run(search, forever)
  const three = one.then(() => searches.run(search, forever))
  await Promise.all([one, two, three])
  expect(most).toBe(1)
})
