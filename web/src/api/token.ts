/**
 * The key to the daemon: given for the ticket in the fragment of the address, kept for this tab, lent to other tabs of the same origin. It never
 * stands in an address itself.
 */
type Listener = () => void

/** What became of a ticket or key. */
export type Given = 'taken' | 'wrong' | 'used' | 'failed'

const storageKey = 'peerage.token'
const shape = /^[0-9a-f]{64}$/i
const listeners = new Set<Listener>()
const channel = new BroadcastChannel('peerage.token')
let token = stored()
/** What became of the ticket in the address; undefined while it is not known, and without one. */
let arrival: Given | 'asking' | undefined

channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === 'asked' && token !== undefined) channel.postMessage({ token })
  else if (token === undefined && isLent(data)) setToken(data.token)
})
if (token === undefined) channel.postMessage('asked')
void takeFromAddress()

export function currentToken(): string | undefined {
  return token
}

/** Whether the ticket of the address is being exchanged, and if it was not taken, why. */
export function ticketState(): Given | 'asking' | undefined {
  return arrival
}

/** Takes a bare key, or a whole address with a ticket. */
export async function enter(given: string): Promise<Given> {
  const ticket = /#ticket=([0-9a-f]{1,64})/i.exec(given)?.[1]
  if (ticket !== undefined) return exchange(ticket)
  return setToken(given.trim()) ? 'taken' : 'wrong'
}

/** Called when the daemon refused it: the page asks again. */
export function dropToken(refused: string): void {
  if (token !== refused) return
  token = undefined
  sessionStorage.removeItem(storageKey)
  tell()
}

export function onToken(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keeps it for this tab. Returns false for what cannot be a token. */
function setToken(given: string): boolean {
  if (!shape.test(given)) return false
  token = given.toLowerCase()
  sessionStorage.setItem(storageKey, token)
  tell()
  return true
}

function tell(): void {
  for (const listener of listeners) listener()
}

function isLent(data: unknown): data is { token: string } {
  return typeof data === 'object' && data !== null && 'token' in data && typeof data.token === 'string'
}

/** The ticket leaves the address at once, so that neither the history nor a bookmark keeps it. */
async function takeFromAddress(): Promise<void> {
  const ticket = new URLSearchParams(location.hash.slice(1)).get('ticket')
  if (ticket === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  arrival = 'asking'
  arrival = await exchange(ticket)
  tell()
}

async function exchange(ticket: string): Promise<Given> {
  try {
    const response = await fetch('/api/ticket', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ticket }),
      cache: 'no-store',
    })
    if (!response.ok) return response.status === 401 ? 'used' : 'failed'
    const { token: got } = (await response.json()) as { token: string }
    return setToken(got) ? 'taken' : 'failed'
  } catch {
    return 'failed'
  }
}

function stored(): string | undefined {
  const kept = sessionStorage.getItem(storageKey)
  return kept !== null && shape.test(kept) ? kept : undefined
}
