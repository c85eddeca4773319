import type { PeerEvent } from '../../../src/peer/index.ts'
import { call } from './client.ts'
import { reportReached, reportUnreachable } from './connection.ts'
import { currentToken, onToken } from './token.ts'

export type { PeerEvent }

type EventListener = (event: PeerEvent) => void

/** Waits between attempts to connect again, in ms: soon at first, then patiently. */
const backOffMs = [250, 500, 1000, 2000, 4000, 8000] as const

const listeners = new Set<EventListener>()
const reconnected = new Set<() => void>()
let socket: WebSocket | undefined
let attempt = 0
let timer: ReturnType<typeof setTimeout> | undefined
let wasOpen = false

/** Hears every event of the daemon from now on, over the one WebSocket of this page, until the returned function is called. */
export function listen(listener: EventListener): () => void {
  listeners.add(listener)
  connect()
  return () => listeners.delete(listener)
}

/** Called when the socket is open again after a loss: whatever was known before is stale. */
export function onReconnected(listener: () => void): () => void {
  reconnected.add(listener)
  return () => reconnected.delete(listener)
}

/** Tries at once instead of waiting. */
export function reconnectNow(): void {
  clearTimeout(timer)
  timer = undefined
  attempt = 0
  connect()
}

onToken(reconnectNow)
addEventListener('online', reconnectNow)

function connect(): void {
  const token = currentToken()
  if (socket !== undefined || timer !== undefined || token === undefined) return
  // Thousands a second: what moves is watched by `files.watch`.
  const url = new URL('/api/events?without=transfer.progressed', location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const opened = new WebSocket(url, ['peerage', `token.${token}`])
  socket = opened
  let didOpen = false
  opened.addEventListener('open', () => {
    didOpen = true
    opening()
  })
  opened.addEventListener('message', ({ data }) => tell(JSON.parse(String(data)) as PeerEvent))
  opened.addEventListener('close', () => {
    closed(opened)
    if (!didOpen) void askWhy()
  })
}

/** A browser does not tell why a socket was refused. A plain request does: a key that is over is dropped, and the page asks for the next one. */
async function askWhy(): Promise<void> {
  try {
    await call('daemon.status', {})
    if (socket === undefined) reportUnreachable()
  } catch {
    // It was told where it was asked.
  }
}

function opening(): void {
  attempt = 0
  reportReached()
  if (wasOpen) for (const listener of reconnected) listener()
  wasOpen = true
}

function tell(event: PeerEvent): void {
  for (const listener of [...listeners]) listener(event)
}

function closed(ended: WebSocket): void {
  if (socket !== ended) return
  socket = undefined
  reportUnreachable()
  const wait = backOffMs[Math.min(attempt, backOffMs.length - 1)]
  attempt++
  timer = setTimeout(() => {
    timer = undefined
    connect()
  }, wait)
}
