import { chmodSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type ErrorCode, PeerageError } from '../base/index.ts'
import type { Caller, EventStream, OperationDescription } from '../peer/index.ts'
import { answerBytes, answerStream, answerValue, type ByteRange, parseRange } from './api-answers.ts'
import { asPeerageError, statusOf } from './api-errors.ts'
import type { DaemonConfig } from './config.ts'
import { serveEvents } from './event-socket.ts'
import { HttpGuard, isRemote } from './http-guard.ts'
import { giveTickets, MediaTickets, serveMedia } from './media.ts'
import { openApi } from './openapi.ts'
import { type PageTickets, takePageTickets } from './page-tickets.ts'
import { type RemoteAccess, serveSignIn } from './remote/index.ts'
import { serveUploads, type Uploads } from './uploads.ts'
import { serveWebApp } from './web-app.ts'

export interface ApiServerOptions {
  readonly caller: Caller
  readonly events: EventStream
  readonly token: string
  readonly version: string
  readonly socket: string
  readonly config: Pick<DaemonConfig, 'apiPort' | 'maxBodyBytes' | 'maxApiConnections' | 'maxEventListeners'>
  /** What a page shows to get the token. */
  readonly tickets?: PageTickets
  /** The way in from other computers. */
  readonly remote?: RemoteAccess
  /** Files that come from a browser. */
  readonly uploads?: Uploads
  /** Takes any free port when the configured one is in use. */
  readonly orAnyPort?: boolean
  /** Where the web app was built, when it is not in its usual place. */
  readonly webFolder?: string
  /** Called with what nobody expected, for the log. */
  readonly failed?: (error: PeerageError) => void
}

export interface ApiServer {
  readonly port: number
  readonly url: string
  /** Hands over the requests and upgrades of another server. */
  route(server: Server | HttpsServer): void
  /** Ends all connections; running operations are aborted. */
  close(): Promise<void>
}

/** Serves every operation on 127.0.0.1 and on a Unix socket. Throws `network.port-in-use`. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const app = fastify({
    bodyLimit: options.config.maxBodyBytes,
    forceCloseConnections: true,
    schemaController: { compilersFactory: noSchemas },
  })
  app.server.maxConnections = options.config.maxApiConnections
  const guard = new HttpGuard(options.token, options.remote)
  const operations = await options.caller.describe()
  // First of all, so that it sees and ends the upgrades that our own checks refuse.
  await app.register(websocket, {
    preClose(done: () => void) {
      endSockets(app, done)
    },
    options: {
      maxPayload: 4096,
      handleProtocols: (offered: Set<string>) => offered.has('peerage') && 'peerage',
    },
  })
  defendApp(app, guard, options)
  serveWebApp(app, options.webFolder)
  const tickets = new MediaTickets(Date.now)
  serveMedia(app, options.caller, tickets)
  if (options.tickets !== undefined) takePageTickets(app, options.tickets, options.token)
  if (options.remote !== undefined) serveSignIn(app, options.remote)
  app.get('/openapi.json', request => {
    if (isRemote(request.raw)) guard.checkToken(request.raw)
    return openApi(operations, options.version)
  })
  app.register(async api => {
    api.addHook('onRequest', async request => guard.checkToken(request.raw))
    serveEvents(api, options.events, options.config.maxEventListeners)
    if (options.uploads !== undefined) serveUploads(api, options.uploads)
    giveTickets(api, options.caller, tickets, request => guard.sessionOf(request))
    serveOperations(api, operations, options)
  })
  const port = await listenTcp(app, options)
  guard.port = port
  const route = (server: Server | HttpsServer): void => routeTo(app, server)
  const local = await listenSocket(options.socket, route, app.server.maxConnections)
  const close = async (): Promise<void> => {
    local.close()
    local.closeAllConnections()
    await app.close()
  }
  return { port, url: `http://127.0.0.1:${port}`, route, close }
}

/** Operations check their own input: the schema compilers of Fastify, a hundred modules, are never asked for, and so not loaded. */
const noSchemas = { buildValidator: neverAsked, buildSerializer: neverAsked }

function neverAsked(): never {
  throw new TypeError('No route of the API has a schema of Fastify.')
}

/** How long a WebSocket may take to answer our goodbye. */
const goodbyeMs = 200

function endSockets(app: FastifyInstance, done: () => void): void {
  const { clients } = app.websocketServer
  for (const client of clients) client.close(1001, 'stopped')
  const timer = setTimeout(() => {
    for (const client of clients) client.terminate()
  }, goodbyeMs)
  app.websocketServer.close(() => {
    clearTimeout(timer)
    done()
  })
}

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** What holds for every request, known path or not. No CORS header is ever sent. */
function defendApp(app: FastifyInstance, guard: HttpGuard, options: ApiServerOptions): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string))
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }))
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    guard.checkOrigin(request.raw)
  })
  app.setErrorHandler((error, _request, reply) => fail(error, reply, options))
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: usage('usage.invalid', `There is nothing at ${request.url.slice(0, 200)}.`) }),
  )
}

function usage(code: ErrorCode, message: string): PeerageError {
  return new PeerageError(code, message)
}

function fail(error: unknown, reply: FastifyReply, options: ApiServerOptions): unknown {
  const told = asPeerageError(error)
  if (told.code === 'internal.bug' && !reply.raw.destroyed) options.failed?.(told)
  return reply.code(statusOf(told)).send({ error: told })
}

function serveOperations(
  api: FastifyInstance,
  operations: readonly OperationDescription[],
  options: ApiServerOptions,
): void {
  const known = new Map(operations.map(one => [one.name, one]))
  api.post<{ Params: { service: string; operation: string } }>(
    '/api/:service/:operation',
    (request, reply) => {
      const name = `${request.params.service}.${request.params.operation}`
      const operation = known.get(name)
      if (operation === undefined)
        return reply
          .code(404)
          .send({ error: usage('usage.invalid', `There is no operation ${name.slice(0, 100)}.`) })
      return answer(operation, request, reply, options)
    },
  )
}

async function answer(
  operation: OperationDescription,
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, failed }: ApiServerOptions,
): Promise<unknown> {
  const signal = abortedWithCaller(reply)
  const range =
    operation.kind === 'bytes' && ranged(operation) ? parseRange(request.headers.range) : undefined
  const result = caller.call(operation.name, withRange(request.body, range), { signal })
  if (operation.kind === 'bytes') return answerBytes(reply, result as AsyncIterable<unknown>, range)
  if (operation.kind === 'stream')
    return answerStream(reply, result as AsyncIterable<unknown>, error => {
      const told = asPeerageError(error)
      if (told.code === 'internal.bug' && !signal.aborted) failed?.(told)
    })
  return answerValue(reply, await result)
}

function ranged({ input }: OperationDescription): boolean {
  const properties = input.properties as Record<string, unknown> | undefined
  return properties !== undefined && 'offset' in properties && 'length' in properties
}

function withRange(body: unknown, range: ByteRange | undefined): unknown {
  return range === undefined ? body : { ...(body as object | undefined), ...range }
}

/** Aborted when the connection ends before the answer is complete. */
function abortedWithCaller(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new DOMException('The caller went away.', 'AbortError'))
  })
  return controller.signal
}

async function listenTcp(app: FastifyInstance, { config, orAnyPort }: ApiServerOptions): Promise<number> {
  const listen = (port: number): Promise<string> => app.listen({ host: '127.0.0.1', port })
  await app.ready()
  try {
    await listen(config.apiPort)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause
    if (orAnyPort !== true)
      throw new PeerageError('network.port-in-use', `Port ${config.apiPort} of the local API is taken.`, {
        cause,
        details: { port: config.apiPort },
      })
    await listen(0)
  }
  return (app.server.address() as AddressInfo).port
}

function routeTo(app: FastifyInstance, server: Server | HttpsServer): void {
  server.on('request', (request, response) => app.routing(request, response))
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head))
}

/** The same application on a Unix socket that only this user may open. */
async function listenSocket(
  path: string,
  route: (server: Server) => void,
  maxConnections: number,
): Promise<Server> {
  const server = createServer()
  route(server)
  server.maxConnections = maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  if (process.platform !== 'win32') chmodSync(path, 0o600)
  return server
}
