/** Whether the daemon answers, as the last request or the event socket knows. */
export type Connection = 'connecting' | 'connected' | 'lost'

const listeners = new Set<() => void>()
let state: Connection = 'connecting'

export function connection(): Connection {
  return state
}

export function onConnection(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function reportReached(): void {
  set('connected')
}

export function reportUnreachable(): void {
  set('lost')
}

function set(next: Connection): void {
  if (next === state) return
  state = next
  for (const listener of listeners) listener()
}
