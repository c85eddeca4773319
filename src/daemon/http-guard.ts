import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PeerageError } from '../base/index.ts'

/** Which requests may reach the API at all, and which may reach its operations. */
export class HttpGuard {
  readonly #token: Buffer
  #port = 0

  constructor(token: string) {
    this.#token = digest(token)
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
    if (!this.#hosts(request).includes(host ?? '')) throw forbidden('Host')
    if (origin !== undefined && !this.#hosts(request).some(name => origin === `http://${name}`))
      throw forbidden('Origin')
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw forbidden('Sec-Fetch-Site')
  }

  /** Throws `api.unauthorized` unless the request shows the token. */
  checkToken(request: IncomingMessage): void {
    const shown = bearerToken(request) ?? protocolToken(request)
    if (shown === undefined || !timingSafeEqual(digest(shown), this.#token))
      throw new PeerageError('api.unauthorized')
  }

  #hosts(request: IncomingMessage): readonly string[] {
    // Over the Unix socket there is no remote address; who may open it is decided by its file mode.
    if (request.socket.remoteAddress === undefined) return ['localhost']
    return [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`]
  }
}

/** Equal length for the comparison in constant time, whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function forbidden(header: string): PeerageError {
  return new PeerageError('api.forbidden', `The request was refused because of its ${header} header.`)
}

function bearerToken(request: IncomingMessage): string | undefined {
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
