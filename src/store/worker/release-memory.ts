import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

interface CollectOptions {
  readonly type: 'major'
  readonly execution: 'sync'
  readonly flavor: 'last-resort'
}

/**
 * Gives back what this thread has no use for any more: V8 would keep it for as long as nothing happens. Stops the thread for up
 * to 0.1 s: for moments in which nobody waits for it.
 */
export function releaseMemory(): void {
  try {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: CollectOptions) => void
    setFlagsFromString('--no-expose-gc')
    // Without it V8 collects again as soon as a tenth more is in use: that is in the middle of the first fetch.
    setFlagsFromString('--heap-growing-percent=100')
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    setFlagsFromString('--heap-growing-percent=0')
  } catch {
    // Only larger.
  }
}
