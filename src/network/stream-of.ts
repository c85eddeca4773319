import { orAborted } from './or-aborted.ts'

/** What is told while `work` runs, as it comes; `work` gets a signal that fires when nobody listens any more. Throws only `signal.reason`. */
export async function* streamOf<Item>(
  signal: AbortSignal,
  work: (tell: (item: Item) => void, signal: AbortSignal) => Promise<unknown>,
): AsyncGenerator<Item> {
  const stop = new AbortController()
  const items: Item[] = []
  let running = true
  let wake = Promise.withResolvers<void>()
  const tell = (item: Item): void => {
    items.push(item)
    wake.resolve()
  }
  work(tell, AbortSignal.any([signal, stop.signal]))
    .catch(() => {})
    .finally(() => {
      running = false
      wake.resolve()
    })
  try {
    while (true) {
      signal.throwIfAborted()
      while (items.length > 0) yield items.shift()!
      if (!running) return
      await orAborted(wake.promise, signal)
      wake = Promise.withResolvers<void>()
    }
  } finally {
    stop.abort(new Error('Enough was found.'))
  }
}
