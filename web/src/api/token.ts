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

/** Whether the page came from another computer: there a password opens it instead of the key. */
export const isRemote: boolean = location.protocol === 'https:'

/** What became of a password. */
export type SignedIn = 'taken' | 'wrong' | 'attempts' | 'failed'

/** Begins a session with the peer on another computer; its key is kept as the other is. */
export async function signIn(password: string): Promise<SignedIn> {
  try {
    const response = await ask('/api/sign-in', { password })
    if (response.status === 403) return 'wrong'
    if (response.status === 429) return 'attempts'
    return response.ok && (await takeFrom(response)) ? 'taken' : 'failed'
  } catch {
    return 'failed'
  }
}

/** Ends it, here and for the peer. */
export async function signOut(): Promise<void> {
  const ended = token
  if (ended === undefined) return
  await ask('/api/sign-out', {}, ended).catch(() => undefined)
  dropToken(ended)
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
    const response = await ask('/api/ticket', { ticket })
    if (!response.ok) return response.status === 401 ? 'used' : 'failed'
    return (await takeFrom(response)) ? 'taken' : 'failed'
  } catch {
    return 'failed'
  }
}

function ask(path: string, body: object, key?: string): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(body),
    cache: 'no-store',
  })
}

async function takeFrom(response: Response): Promise<boolean> {
  return setToken(((await response.json()) as { token: string }).token)
}

function stored(): string | undefined {
  const kept = sessionStorage.getItem(storageKey)
  return kept !== null && shape.test(kept) ? kept : undefined
}
