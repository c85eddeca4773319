/** The key to the daemon: given in the fragment of the address, kept for this tab, lent to other tabs of the same origin. */
type Listener = () => void

const storageKey = 'peerage.token'
const shape = /^[0-9a-f]{64}$/i
const listeners = new Set<Listener>()
const channel = new BroadcastChannel('peerage.token')
let token = takeFromAddress() ?? stored()

channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === 'asked' && token !== undefined) channel.postMessage({ token })
  else if (token === undefined && isLent(data)) setToken(data.token)
})
if (token === undefined) channel.postMessage('asked')

export function currentToken(): string | undefined {
  return token
}

/** Keeps it for this tab. Returns false for what cannot be a token. */
export function setToken(given: string): boolean {
  const trimmed = tokenIn(given)
  if (trimmed === undefined) return false
  token = trimmed
  sessionStorage.setItem(storageKey, trimmed)
  for (const listener of listeners) listener()
  return true
}

/** Called when the daemon refused it: the page asks again. */
export function dropToken(refused: string): void {
  if (token !== refused) return
  token = undefined
  sessionStorage.removeItem(storageKey)
  for (const listener of listeners) listener()
}

export function onToken(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A bare token, or the whole address with `#token=`. */
function tokenIn(given: string): string | undefined {
  const bare = /[#&?]token=([0-9a-f]{64})/i.exec(given)?.[1] ?? given.trim()
  return shape.test(bare) ? bare.toLowerCase() : undefined
}

function isLent(data: unknown): data is { token: string } {
  return typeof data === 'object' && data !== null && 'token' in data && typeof data.token === 'string'
}

function takeFromAddress(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given === null) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  if (!shape.test(given)) return undefined
  sessionStorage.setItem(storageKey, given)
  return given
}

function stored(): string | undefined {
  const kept = sessionStorage.getItem(storageKey)
  return kept !== null && shape.test(kept) ? kept : undefined
}
