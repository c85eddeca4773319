import { orAborted } from '../../network/index.ts'

/** One who is asked: tells what it knows as it comes, and resolves when it knows no more. */
export type Asked<Item> = (tell: (item: Item) => void, signal: AbortSignal) => Promise<void>

/** What several who are asked at once tell, as it comes. One that fails knows no more. Throws `signal.reason` only. */
export async function* gather<Item>(all: readonly Asked<Item>[], signal: AbortSignal): AsyncGenerator<Item> {
  const enough = new AbortController()
  const own = AbortSignal.any([signal, enough.signal])
  const told: Item[] = []
  let running = all.length
  let wake = Promise.withResolvers<void>()
  const ended = (): void => {
    running--
    wake.resolve()
  }
  const tell = (item: Item): void => {
    told.push(item)
    wake.resolve()
  }
  for (const asked of all) asked(tell, own).then(ended, ended)
  try {
    for (;;) {
      signal.throwIfAborted()
      while (told.length > 0) yield told.shift()!
      if (running === 0) return
      await orAborted(wake.promise, signal)
      wake = Promise.withResolvers<void>()
    }
  } finally {
    enough.abort(new Error('Enough was found.'))
  }
}
