import type { Timer } from '../../base/index.ts'
import type { AccessHost } from './host.ts'

/** Changes within that time are told together. */
const settleMs = 250

/** Tells of changes from now on, until the function that it gives is called. */
export function tellNews(host: AccessHost): () => void {
  let changed: Set<string | undefined> = new Set()
  let lines = 0
  let timer: Timer | undefined
  const tell = (): void => {
    timer = undefined
    const [only] = changed
    if (changed.size > 0)
      host.emit({
        type: 'access.changed',
        ...(changed.size === 1 && only !== undefined && { resource: only }),
      })
    if (lines > 0) host.emit({ type: 'audit.recorded', lines })
    changed = new Set()
    lines = 0
  }
  const soon = (): void => {
    timer ??= host.world.after(settleMs, tell)
  }
  const ends = [
    host.access.onChanged(resource => {
      if (changed.size < 2) changed.add(resource)
      soon()
    }),
    host.audit.onRecorded(() => {
      lines++
      soon()
    }),
  ]
  return () => {
    timer?.cancel()
    for (const end of ends) end()
  }
}
