import { lookup } from 'node:dns/promises'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { createGunzip } from 'node:zlib'
import { PeerageError } from '../base/index.ts'
import { orAborted } from './or-aborted.ts'
import { isLanIp, isLoopbackIp, unmapped } from './path.ts'

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Whether this peer may talk to that address at all. */
  mayReach(ip: string): boolean
  /** Only addresses of this family. */
  readonly family?: 4 | 6 | undefined
  readonly maxRedirects?: number
}

export interface HttpResponse {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Where it came from, after redirects. */
  readonly url: URL
  /** The IP address that answered. */
  readonly address: string
  /** The body as it comes, unpacked if it was packed. Destroy it when it is not read to its end. */
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void }
  /** The whole body. Rejects with `wire.limit` when it is longer, `network.unreachable` when it breaks off, `signal.reason`. */
  read(maxBytes: number): Promise<Uint8Array>
}

const maxHeaderBytes = 16_384
const usualRedirects = 5
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const keepAlive = { keepAlive: true, maxSockets: 8, timeout: 30_000 } as const
const makeAgents = (): Record<'http:' | 'https:', http.Agent> => ({
  'http:': new http.Agent(keepAlive),
  'https:': new https.Agent(keepAlive),
})

/** Connections kept open between requests. Those that may lead to private addresses are never used for public URLs. */
const publicAgents = makeAgents()
const ownAgents = makeAgents()

/**
 * GET over HTTP(S). Names are resolved, checked and pinned: the address that was checked is the one that is connected to. A public URL
 * never leads to a private address, be it by name or by redirect; a URL that says a private address itself is somebody's
 * wish, and so is all that it leads to on private networks. Rejects with `network.unreachable` or `signal.reason`.
 */
export async function httpRequest(text: string, options: HttpOptions): Promise<HttpResponse> {
  let url = new URL(text)
  const isOurs = isPrivateLiteral(url)
  for (let hops = options.maxRedirects ?? usualRedirects; ; hops--) {
    const address = await addressOf(url, isOurs, options)
    const response = await send(url, address, isOurs ? ownAgents : publicAgents, options)
    const to = response.headers.location
    if (!redirects.has(response.statusCode ?? 0) || to === undefined)
      return answerOf(url, address, response, options.signal)
    // What comes with a redirect may have no end, and nobody reads it.
    response.destroy()
    if (hops === 0) throw unreachable(url, 'it redirects too often')
    const next = URL.canParse(to, url) ? new URL(to, url) : undefined
    if (next === undefined || !(next.protocol in publicAgents))
      throw unreachable(url, 'it redirects to nowhere')
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw unreachable(url, 'it redirects from an encrypted to an open connection')
    url = next
  }
}

/** Whether a URL names a private address by its number, as only a person does who means it. */
function isPrivateLiteral(url: URL): boolean {
  const host = hostOf(url)
  return host === 'localhost' || (isIP(host) !== 0 && isPrivate(host))
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function isPrivate(ip: string): boolean {
  const plain = unmapped(ip)
  return isLoopbackIp(plain) || isLanIp(plain) || /^(0\.|::$|22[4-9]\.|23\d\.|24\d\.|25\d\.|ff)/i.test(plain)
}

/** The one address to connect to: checked, and then pinned. */
async function addressOf(url: URL, isOurs: boolean, options: HttpOptions): Promise<string> {
  const host = hostOf(url)
  const { family = 0, signal } = options
  const found =
    isIP(host) === 0
      ? // The system's resolver may take minutes, and cannot be cancelled.
        await orAborted(lookup(host, { all: true, family }), signal).catch(cause => {
          signal.throwIfAborted()
          throw unreachable(url, 'its name is not known', cause)
        })
      : [{ address: host, family: isIP(host) }]
  signal.throwIfAborted()
  for (const one of found) {
    if (family !== 0 && one.family !== family) continue
    if (isPrivate(one.address) && !isOurs) continue
    if (options.mayReach(one.address)) return one.address
  }
  throw unreachable(url, 'it leads to no address that may be talked to')
}

function send(
  url: URL,
  address: string,
  agents: typeof publicAgents,
  { headers, signal }: HttpOptions,
): Promise<IncomingMessage> {
  const family = isIP(address)
  return new Promise((resolve, reject) => {
    const protocol = url.protocol as keyof typeof agents
    const request = (protocol === 'https:' ? https : http).get(
      url,
      {
        agent: agents[protocol],
        headers: { 'user-agent': 'Peerage/0.1.0', 'accept-encoding': 'gzip', ...headers },
        signal,
        maxHeaderSize: maxHeaderBytes,
        // A connection that is kept open belongs to the address it was checked for.
        family,
        lookup: (_host, given, done) => {
          if (given.all) (done as (error: null, found: object[]) => void)(null, [{ address, family }])
          else done(null, address, family)
        },
      },
      resolve,
    )
    request.on('error', cause => {
      if (signal.aborted) reject(signal.reason)
      else reject(unreachable(url, cause.message, cause))
    })
  })
}

function answerOf(url: URL, address: string, response: IncomingMessage, signal: AbortSignal): HttpResponse {
  const packed = response.headers['content-encoding'] === 'gzip'
  const body = packed ? response.pipe(createGunzip()) : response
  if (packed) {
    response.on('error', error => body.destroy(error))
    body.on('error', () => response.destroy())
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    url,
    address,
    body,
    async read(maxBytes) {
      const parts: Uint8Array[] = []
      let length = 0
      try {
        for await (const part of body as AsyncIterable<Uint8Array>) {
          length += part.length
          if (length > maxBytes)
            throw new PeerageError('wire.limit', `${url.host} answers with more than ${maxBytes} bytes.`)
          parts.push(part)
        }
      } catch (error) {
        response.destroy()
        signal.throwIfAborted()
        throw error instanceof PeerageError ? error : unreachable(url, 'its answer breaks off', error)
      }
      return Buffer.concat(parts)
    },
  }
}

function unreachable(url: URL, why: string, cause?: unknown): PeerageError {
  return new PeerageError('network.unreachable', `${url.host} cannot be reached: ${why}.`, { cause })
}
