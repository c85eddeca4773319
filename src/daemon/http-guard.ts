import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { PeerageError } from '../base/index.ts'

/** Somebody who signed in from elsewhere. */
export interface Session {
  readonly isOver: boolean
}

/** What remote access knows of a request that came through it. */
export interface RemoteDoor {
  /** Which `Host` it may name. */
  hosts(request: IncomingMessage): readonly string[]
  /** The session whose key it shows; undefined when there is none any more. */
  session(request: IncomingMessage, key: string | undefined): Session | undefined
}

/** Which requests may reach the API at all, and which may reach its operations. */
export class HttpGuard {
  readonly #token: Buffer
  readonly #remote: RemoteDoor | undefined
  readonly #sessions = new WeakMap<IncomingMessage, Session>()
  #port = 0

  constructor(token: string, remote: RemoteDoor | undefined) {
    this.#token = digest(token)
    this.#remote = remote
  }

  /** The TCP port we listen on, known after listening. */
  set port(port: number) {
    this.#port = port
  }

  /**
   * Refuses requests that a web page of another origin made, or that came through a name which somebody else's DNS points
   * at us (DNS rebinding, CVE-2018-5702). Throws `api.forbidden`.
   */
  checkOrigin(request: IncomingMessage): void {
    const { host, origin } = request.headers
    const hosts = this.#hosts(request)
    const scheme = isRemote(request) ? 'https' : 'http'
    if (!hosts.includes(host ?? '')) throw forbidden('Host')
    if (origin !== undefined && !hosts.some(name => origin === `${scheme}://${name}`))
      throw forbidden('Origin')
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw forbidden('Sec-Fetch-Site')
  }

  /** Throws `api.unauthorized` unless the request shows the token; from elsewhere, the key of a session. */
  checkToken(request: IncomingMessage): void {
    const shown = bearerToken(request) ?? protocolToken(request)
    if (isRemote(request)) this.#checkSession(request, shown)
    else if (shown === undefined || !timingSafeEqual(digest(shown), this.#token))
      throw new PeerageError('api.unauthorized')
  }

  /** Whose request it is; undefined for those of this computer. */
  sessionOf(request: IncomingMessage): Session | undefined {
    return this.#sessions.get(request)
  }

  #checkSession(request: IncomingMessage, key: string | undefined): void {
    const session = this.#remote?.session(request, key)
    if (session === undefined) throw new PeerageError('api.unauthorized')
    this.#sessions.set(request, session)
  }

  #hosts(request: IncomingMessage): readonly string[] {
    if (isRemote(request)) return this.#remote?.hosts(request) ?? []
    // Over the Unix socket there is no remote address; who may open it is decided by its file mode.
    if (request.socket.remoteAddress === undefined) return ['localhost']
    return [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`]
  }
}

/** Whether a request came through remote access, which alone speaks TLS. */
export function isRemote({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket
}

/** Equal length for the comparison in constant time, whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function forbidden(header: string): PeerageError {
  return new PeerageError('api.forbidden', `The request was refused because of its ${header} header.`)
}

/** Of the header `Authorization`. */
export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer ([0-9a-f]{64})$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** A browser can give a WebSocket no header, only protocols: `peerage` and `token.HEX`; only the first is answered. */
function protocolToken(request: IncomingMessage): string | undefined {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',')
  return protocols
    .map(one => /^token\.([0-9a-f]{64})$/.exec(one.trim())?.[1])
    .find(token => token !== undefined)
}
