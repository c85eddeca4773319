import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { PeerageError } from '../base/index.ts'
import type { HttpHead } from '../wire/index.ts'
import type { WayOut } from './egress/index.ts'
import { HttpConnection, type TakeBytes } from './http-connection.ts'
import { orAborted } from './or-aborted.ts'
import { isPrivateIp } from './path.ts'

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent with POST, or with `method`. */
  readonly body?: string | Uint8Array
  readonly method?: 'PUT'
  readonly signal: AbortSignal
  /** How names are looked up and connections made. */
  readonly egress: WayOut
  /** Whether this peer may talk to that address at all. */
  mayReach(ip: string): boolean
  /** Only addresses of this family. */
  readonly family?: 4 | 6 | undefined
  readonly maxRedirects?: number
}

export interface HttpResponse extends HttpHead {
  /** Where it came from, after redirects. */
  readonly url: URL
  /** The IP address that answered. */
  readonly address: string
  /**
   * Gives the body as it comes, packed if it is, until its end or until `take` says false. Rejects with `network.unreachable` when it
   * breaks off, `signal.reason`.
   */
  receive(take: TakeBytes): Promise<void>
  /** The whole body, unpacked; `heard` is called whenever some of it has come. Rejects with `wire.limit` when it is longer, `network.unreachable` when it breaks off, `signal.reason`. */
  read(maxBytes: number, heard?: () => void): Promise<Uint8Array>
  /** To be called when the body is not read. */
  close(): void
}

const usualRedirects = 5
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const schemes: ReadonlySet<string> = new Set(['http:', 'https:'])
/** Connections kept open between requests: of all servers, and how long. */
const maxIdle = 64
const idleMs = 30_000

/**
 * Connections that have nothing to do, and where they lead, for each way out. What was opened for private addresses is never used for
 * public URLs.
 */
const pools = new WeakMap<WayOut, Map<HttpConnection, string>>()

const unpack = promisify(gunzip)
const gzipMagic = 0x1f

/**
 * GET, POST or PUT over HTTP(S). Names are resolved, checked and pinned: the address that was checked is the one that is connected to. A public URL
 * never leads to a private address, be it by name or by redirect; a URL that says a private address itself is somebody's
 * wish, and so is all that it leads to on private networks. Rejects with `network.unreachable` or `signal.reason`.
 */
export async function httpRequest(text: string, options: HttpOptions): Promise<HttpResponse> {
  let url = new URL(text)
  const isOurs = isPrivateUrl(url)
  for (let hops = options.maxRedirects ?? usualRedirects; ; hops--) {
    const address = await addressOf(url, isOurs, options)
    const response = await send(url, address, isOurs, options)
    const to = response.headers.get('location')
    if (!redirects.has(response.status) || to === undefined) return response
    // What comes with a redirect may have no end, and nobody reads it.
    response.close()
    if (hops === 0) throw unreachable(url, 'it redirects too often')
    const next = URL.canParse(to, url) ? new URL(to, url) : undefined
    if (next === undefined || !schemes.has(next.protocol)) throw unreachable(url, 'it redirects to nowhere')
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw unreachable(url, 'it redirects from an encrypted to an open connection')
    url = next
  }
}

/** Whether a URL names a private address by its number, as only a person does who means it. */
export function isPrivateUrl(url: URL): boolean {
  const host = hostOf(url)
  return host === 'localhost' || (isIP(host) !== 0 && isPrivateIp(host))
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** The one address to connect to: checked, and then pinned. */
async function addressOf(url: URL, isOurs: boolean, options: HttpOptions): Promise<string> {
  const host = hostOf(url)
  const { family = 0, signal, egress } = options
  const found =
    isIP(host) === 0
      ? // The system's resolver may take minutes, and cannot be cancelled.
        await orAborted(egress.resolve(host, family), signal).catch(cause => {
          signal.throwIfAborted()
          throw unreachable(url, 'its name is not known', cause)
        })
      : [{ address: host, family: isIP(host) }]
  signal.throwIfAborted()
  for (const one of found) {
    if (family !== 0 && one.family !== family) continue
    if (isPrivateIp(one.address) && !isOurs) continue
    if (options.mayReach(one.address)) return one.address
  }
  throw unreachable(url, 'it leads to no address that may be talked to')
}

/** Over a connection that is open already if there is one; it may be closed at the other end just now, so once more then. */
async function send(url: URL, address: string, isOurs: boolean, options: HttpOptions): Promise<HttpResponse> {
  const key = `${isOurs ? 'own' : 'public'} ${url.protocol}//${url.host} ${address}`
  const idle = poolOf(options.egress)
  for (;;) {
    options.signal.throwIfAborted()
    const known = [...idle].find(([, to]) => to === key)?.[0]
    const connection = known ?? (await open(url, address, key, options))
    idle.delete(connection)
    try {
      return await answerOver(connection, url, address, options)
    } catch (error) {
      options.signal.throwIfAborted()
      if (known === undefined || connection.heard) throw unreachable(url, messageOf(error), error)
    }
  }
}

function poolOf(egress: WayOut): Map<HttpConnection, string> {
  const pool = pools.get(egress) ?? new Map<HttpConnection, string>()
  pools.set(egress, pool)
  return pool
}

async function open(
  url: URL,
  address: string,
  key: string,
  { egress, signal }: HttpOptions,
): Promise<HttpConnection> {
  const idle = poolOf(egress)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const target = { host: address, port, family: address.includes(':') ? 6 : 4 } as const
  const tcp = await egress.dial(target, signal).catch(error => {
    signal.throwIfAborted()
    throw unreachable(url, messageOf(error), error)
  })
  const connection = new HttpConnection(url, tcp, reusable => {
    idle.delete(connection)
    if (!reusable) return
    if (idle.size >= maxIdle) connection.close()
    else {
      idle.set(connection, key)
      connection.idle(idleMs)
    }
  })
  return connection
}

async function answerOver(
  connection: HttpConnection,
  url: URL,
  address: string,
  options: HttpOptions,
): Promise<HttpResponse> {
  const { signal } = options
  const onAbort = (): void => connection.close()
  signal.addEventListener('abort', onAbort, { once: true })
  const end = (): void => signal.removeEventListener('abort', onAbort)
  const head = await connection.request(requestBytes(url, options)).catch(error => {
    end()
    throw error
  })
  const receive = async (take: TakeBytes): Promise<void> => {
    try {
      await connection.receive(take)
    } catch (error) {
      signal.throwIfAborted()
      throw unreachable(url, 'its answer breaks off', error)
    } finally {
      end()
    }
  }
  return {
    ...head,
    url,
    address,
    receive,
    close: () => {
      end()
      connection.close()
    },
    async read(maxBytes, heard) {
      const isPacked = head.headers.get('content-encoding') === 'gzip'
      const parts: Uint8Array[] = []
      let length = 0
      await receive(chunk => {
        // What is not packed is not waited for.
        const isFalse = isPacked && length === 0 && chunk[0] !== gzipMagic
        length += chunk.length
        heard?.()
        if (length <= maxBytes) parts.push(new Uint8Array(chunk))
        return length <= maxBytes && !isFalse
      })
      const body = Buffer.concat(parts)
      const whole = length > maxBytes ? undefined : isPacked ? await unpacked(body, maxBytes, url) : body
      if (whole === undefined)
        throw new PeerageError('wire.limit', `${url.host} answers with more than ${maxBytes} bytes.`)
      return whole
    },
  }
}

/** Undefined when it is too long. */
async function unpacked(body: Uint8Array, maxBytes: number, url: URL): Promise<Uint8Array | undefined> {
  try {
    return await unpack(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw unreachable(url, 'its answer cannot be unpacked', error)
  }
}

function requestBytes(
  url: URL,
  { headers, body, method }: Pick<HttpOptions, 'headers' | 'body' | 'method'>,
): Uint8Array {
  const all: Record<string, string> = {
    host: url.host,
    'user-agent': 'Peerage/0.1.0',
    'accept-encoding': 'gzip',
    ...(url.username !== '' && { authorization: `Basic ${credentials(url)}` }),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const verb = method ?? (body === undefined ? 'GET' : 'POST')
  const head = `${verb} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body ?? '')])
}

function credentials({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function unreachable(url: URL, why: string, cause?: unknown): PeerageError {
  return new PeerageError('network.unreachable', `${url.host} cannot be reached: ${why}.`, { cause })
}
