import type { World } from '../../base/index.ts'

/** Resolves after so long, or at once when the signal is aborted. */
export function pause(world: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = world.after(ms, done)
    signal.addEventListener('abort', done)
  })
}
