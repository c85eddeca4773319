import type { Socket } from 'node:net'
import { PeerageError, type Timer, utf8, type World } from '../../base/index.ts'
import {
  addressBytes,
  addressText,
  decodeTrackerQuery,
  encodeAnnounced,
  encodeScraped,
  encodeTrackerFailure,
} from '../../wire/index.ts'
import type { TrackerConfig } from './config.ts'
import type { Tracker } from './tracker.ts'

export interface HttpParts {
  readonly world: World
  readonly config: TrackerConfig
  readonly tracker: Tracker
}

interface Answer {
  readonly status: '200 OK' | '400 Bad Request' | '404 Not Found' | '431 Request Header Fields Too Large'
  readonly body: Uint8Array
}

const beginnings = ['GET /announce', 'GET /scrape'].map(text => utf8(text))

/** Whether a connection begins like a request to a tracker; undefined: more has to be seen. */
export function isTrackerRequest(head: Uint8Array): boolean | undefined {
  let undecided = false
  for (const beginning of beginnings) {
    const length = Math.min(head.length, beginning.length)
    let same = true
    for (let i = 0; i < length; i++) same &&= head[i] === beginning[i]
    if (same && head.length >= beginning.length) return true
    undecided ||= same
  }
  return undecided ? undefined : false
}

/**
 * Web requests to a tracker over one connection, nothing else of HTTP: a line with a method, a path and a version, and header fields
 * that are not read but for `Connection`. Bounded in bytes, time and number.
 */
export class HttpConnection {
  readonly #socket: Socket
  readonly #parts: HttpParts
  readonly #from: string
  /** What came and was not answered yet, one character a byte. */
  #text = ''
  #requests = 0
  #timer: Timer

  constructor(socket: Socket, head: Uint8Array, parts: HttpParts) {
    this.#socket = socket
    this.#parts = parts
    this.#from = addressText(addressBytes((socket.remoteAddress ?? '0.0.0.0').split('%')[0]!))
    this.#timer = this.#limitTime()
    socket.once('close', () => this.#timer.cancel())
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('drain', () => this.#answerAll())
    this.#receive(head)
    socket.resume()
  }

  #limitTime(): Timer {
    return this.#parts.world.after(this.#parts.config.requestTimeoutMs, () => this.#socket.destroy())
  }

  #receive(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    this.#answerAll()
  }

  /** One after the other, as long as the client takes the answers. */
  #answerAll(): void {
    const { maxRequestBytes } = this.#parts.config
    while (!this.#socket.writableEnded && !this.#socket.writableNeedDrain) {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end > maxRequestBytes || (end < 0 && this.#text.length > maxRequestBytes)) {
        this.#end({ status: '431 Request Header Fields Too Large', body: utf8('too long') })
        return
      }
      if (end < 0) break
      const request = this.#text.slice(0, end + 2)
      this.#text = this.#text.slice(end + 4)
      this.#answer(request)
    }
    // Who sends more before it has read its answers waits.
    if (this.#text.length > maxRequestBytes) this.#socket.pause()
    else this.#socket.resume()
  }

  #answer(request: string): void {
    const match = /^GET (\/[^ ?]*)(?:\?(\S*))? HTTP\/1\.([01])\r\n/.exec(request)
    if (match === null) {
      this.#end({ status: '400 Bad Request', body: utf8('not understood') })
      return
    }
    const [, path, query = '', minor] = match
    const answer = this.#answerTo(path!, query)
    const { maxRequestsPerConnection } = this.#parts.config
    const stays = minor === '1' && !/\r\nconnection: *close/i.test(request)
    if (!stays || ++this.#requests >= maxRequestsPerConnection) {
      this.#end(answer)
      return
    }
    this.#write(answer, 'keep-alive')
    this.#timer.cancel()
    this.#timer = this.#limitTime()
  }

  #answerTo(path: string, query: string): Answer {
    const { tracker, config } = this.#parts
    try {
      if (path === '/announce') {
        const asked = decodeTrackerQuery(query)
        return { status: '200 OK', body: encodeAnnounced(tracker.announce(asked, this.#from), asked.compact) }
      }
      if (path !== '/scrape') return { status: '404 Not Found', body: utf8('not here') }
      const counts = tracker.scrape(decodeTrackerQuery(query).infoHashes)
      return { status: '200 OK', body: encodeScraped(counts, Math.ceil(config.minIntervalMs / 1000)) }
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      // With any other status many clients do not read the reason.
      return { status: '200 OK', body: encodeTrackerFailure(error.message, error.code === 'access.denied') }
    }
  }

  #write({ status, body }: Answer, connection: 'keep-alive' | 'close'): void {
    const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: ${connection}\r\n\r\n`
    const out = Buffer.allocUnsafe(head.length + body.length)
    out.write(head, 'latin1')
    out.set(body, head.length)
    this.#socket.write(out)
  }

  #end(answer: Answer): void {
    this.#write(answer, 'close')
    this.#text = ''
    this.#socket.end()
  }
}
