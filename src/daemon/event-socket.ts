import type { FastifyInstance } from 'fastify'
import { PeerageError } from '../base/index.ts'
import type { EventStream } from '../peer/index.ts'

/** The part of a `ws` socket that is used here; the package brings no types along. */
interface Socket {
  readonly bufferedAmount: number
  send(text: string, sent: () => void): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'error', listener: () => void): void
  once(event: 'close', listener: () => void): void
}

/** Bytes that may wait in one socket before its events wait in the subscription, which thins them out. */
const maxBufferedBytes = 256 * 1024

/** Types that one listener may leave out, with commas between them. */
const withoutPattern = /^[a-z.,-]{0,1000}$/

/** `GET /api/events` over WebSocket: each event as one JSON text message, from now on. `?without=TYPE,TYPE` leaves some out. */
export function serveEvents(api: FastifyInstance, events: EventStream, maxListeners: number): void {
  let listeners = 0
  api.get<{ Querystring: { without?: unknown } }>(
    '/api/events',
    {
      websocket: true,
      preHandler: async ({ query }) => {
        typesOf(query.without)
        if (listeners >= maxListeners)
          throw new PeerageError('usage.invalid', `More than ${maxListeners} listeners to events.`)
      },
    },
    (socket: Socket, { query }) => {
      listeners++
      socket.once('close', () => listeners--)
      void pump(socket, events, typesOf(query.without))
    },
  )
}

/** Throws `usage.invalid`. */
function typesOf(without: unknown): string[] {
  if (without === undefined) return []
  if (typeof without === 'string' && withoutPattern.test(without)) return without.split(',')
  throw new PeerageError(
    'usage.invalid',
    'What is left out is said once: types of events with commas between them.',
  )
}

async function pump(socket: Socket, events: EventStream, without: readonly string[]): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  socket.on('error', () => socket.terminate())
  for await (const event of events.subscribe({ signal: gone.signal, without })) {
    const sent = new Promise<void>(resolve => socket.send(JSON.stringify(event), () => resolve()))
    if (socket.bufferedAmount > maxBufferedBytes) await sent
  }
  socket.close(1001, 'stopped')
}
