import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { PeerageError } from '../base/index.ts'
import type { GatewayAnswer, GatewayListener, GatewayRequest } from '../services/gateway/index.ts'

type ListenOptions = Parameters<GatewayListener>[0]

const maxHeaderBytes = 16_384
const headersTimeoutMs = 10_000
const idleTimeoutMs = 30_000

/**
 * Listens for the gateway on its own port, and hands requests to it. Which hosts and origins are served is the gateway's to say. Throws
 * `network.port-in-use` for a port that somebody chose.
 *
 * @param orAnyPort takes any free port when the configured one is in use
 */
export async function listenForGateway(
  options: ListenOptions,
  orAnyPort: boolean,
): ReturnType<GatewayListener> {
  const { config } = options
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    connectionsCheckingInterval: 5_000,
  })
  server.maxConnections = config.maxConnections
  server.on('request', (request, response) => void serve(request, response, options))
  server.on('clientError', (error, socket) => refuse(error as NodeJS.ErrnoException, socket))
  // A gateway has none of it.
  server.on('upgrade', (_request, socket) => socket.destroy())
  await listen(server, config.port, config.listen, orAnyPort)
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}

async function listen(server: Server, port: number, host: string, orAnyPort: boolean): Promise<void> {
  try {
    await listenAt(server, port, host)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES')
      throw new PeerageError('config.invalid', `The gateway cannot listen on ${host}.`, {
        cause,
        details: { key: 'gateway.listen' },
      })
    if (!orAnyPort)
      throw new PeerageError('network.port-in-use', `Port ${port} of the gateway is taken.`, {
        cause,
        details: { port },
      })
    await listenAt(server, 0, host)
  }
}

function listenAt(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** `HPE_INVALID_URL` is mostly a name that a person typed as it is: browsers encode it, `curl` does not. */
const unreadable: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_INVALID_URL: [
    '400 Bad Request',
    'The address has characters that stand in no URL: write %C4%85 for ą, %20 for a space.',
  ],
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `The request has more than ${maxHeaderBytes} bytes.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not come to its end in time.'],
}

/** Says why, where nothing else is being sent, and ends the connection. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  const [status, message] = unreadable[code] ?? ['400 Bad Request', 'This is no request of HTTP.']
  const isSending = (socket as { _httpMessage?: unknown })._httpMessage != null
  if (code === 'ECONNRESET' || !socket.writable || isSending) socket.destroy()
  else
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(message) + 1}\r\n\r\n${message}\n`,
      () => socket.destroy(),
    )
}

/** Nothing thrown leaves it: what cannot be answered any more ends the connection. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  // Which of them is believed is nothing to guess (RFC 9112, section 3.2).
  if ((request.headersDistinct.host?.length ?? 0) > 1) {
    response.writeHead(400, { connection: 'close' }).end()
    return
  }
  const abort = new AbortController()
  response.once('close', () => abort.abort(new DOMException('The client went away.', 'AbortError')))
  try {
    await send(response, await options.answer(asked(request), abort.signal), options.config.sendTimeoutMs)
  } catch {
    response.destroy()
  }
}

function asked({ method = 'GET', url = '/', headers }: IncomingMessage): GatewayRequest {
  const single = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return { method, url, headers: Object.fromEntries(single) }
}

async function send(
  response: ServerResponse,
  { status, headers, body }: GatewayAnswer,
  timeoutMs: number,
): Promise<void> {
  const chunks = body?.[Symbol.asyncIterator]()
  try {
    // Throws for what can stand in no header: the body must end then, too, or it counts as a request under way for ever.
    response.writeHead(status, headers)
    for (
      let turn = await chunks?.next();
      turn !== undefined && turn.done !== true;
      turn = await chunks!.next()
    )
      if (!response.write(turn.value)) await drained(response, timeoutMs)
  } finally {
    await chunks?.return?.()
  }
  response.end()
}

/** Rejects when the client takes nothing for too long, or is gone: what was read for it is let go. */
async function drained(response: ServerResponse, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const over = (settle: () => void) => (): void => {
      clearTimeout(timer)
      response.off('drain', onDrain)
      response.off('close', onClose)
      settle()
    }
    const onDrain = over(resolve)
    const onClose = over(() => reject(new DOMException('The client went away.', 'AbortError')))
    const timer = setTimeout(onClose, timeoutMs)
    response.once('drain', onDrain)
    response.once('close', onClose)
    if (response.destroyed) onClose()
  })
}
