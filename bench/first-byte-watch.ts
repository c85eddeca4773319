import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const pollMs = 1

/** Looks, from outside, for the first byte that is written below `folder`. Peerage writes nothing before it is verified. */
export function watchFirstByte(folder: string): Disposable & { readonly seenAt: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>()
  const look = (): void => {
    if (!holdsBytes(folder)) return
    clearInterval(timer)
    resolve(performance.now())
  }
  const timer = setInterval(look, pollMs)
  return { seenAt: promise, [Symbol.dispose]: () => clearInterval(timer) }
}

/** Whether a file has blocks on disk; a sparse file of full size without content has none. */
function holdsBytes(folder: string): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() ? holdsBytes(path) : blocksOf(path) > 0) return true
  }
  return false
}

function blocksOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.blocks ?? 0
}
