import { useSyncExternalStore } from 'react'

/** Transfers whose removal can still be taken back: they are not shown. It outlives the page, as its toast does. */
let removing: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()

export function useRemoving(): ReadonlySet<string> {
  return useSyncExternalStore(follow, () => removing)
}

export function setRemoving(ids: readonly string[], on: boolean): void {
  const next = new Set(removing)
  for (const id of ids) {
    if (on) next.add(id)
    else next.delete(id)
  }
  removing = next
  for (const listener of [...listeners]) listener()
}

function follow(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
