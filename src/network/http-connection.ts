import { isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { PeerageError } from '../base/index.ts'
import { type HttpHead, HttpResponseReader } from '../wire/index.ts'
import { readInPlace } from './transports/index.ts'

/** Takes bytes of a body, valid during the call only; `false`: no more is wanted. */
export type TakeBytes = (chunk: Uint8Array) => boolean

/** A connection to a web server, for one request after the other. Bodies are read in place, without a buffer for each chunk. */
export class HttpConnection {
  readonly #socket: Socket
  readonly #onIdle: (reusable: boolean) => void
  #reader: HttpResponseReader | undefined
  #head: PromiseWithResolvers<HttpHead> | undefined
  #end: PromiseWithResolvers<void> | undefined
  #take: TakeBytes | undefined
  /** Came before anybody took it; the socket rests then. */
  readonly #early: Uint8Array[] = []
  #heard = false

  /** `tcp` leads to the server of `url`; `onIdle` is called after each answer and at the end. */
  constructor(url: URL, tcp: Socket, onIdle: (reusable: boolean) => void) {
    this.#onIdle = onIdle
    const secure = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const socket = secure
      ? connectTls({
          socket: tcp,
          host,
          ALPNProtocols: ['http/1.1'],
          ...(isIP(host) === 0 && { servername: host }),
        })
      : tcp
    this.#socket = socket
    tcp.on('error', error => socket.destroy(error))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#closed())
    socket.on('end', () => this.#ended())
    socket.on('timeout', () => this.close())
    if (secure) socket.once('secureConnect', () => this.#listen())
    else this.#listen()
  }

  /** Whether anything came in answer to the present request. */
  get heard(): boolean {
    return this.#heard
  }

  /** Sends a request; resolves with the head of the answer, rejects with why there is none. */
  request(bytes: Uint8Array): Promise<HttpHead> {
    this.#heard = false
    this.#head = Promise.withResolvers()
    this.#end = Promise.withResolvers()
    this.#end.promise.catch(() => {})
    this.#reader = new HttpResponseReader({
      head: head => this.#head?.resolve(head),
      body: chunk => this.#body(chunk),
      end: () => this.#end?.resolve(),
    })
    this.#socket.ref()
    this.#socket.setTimeout(0)
    this.#socket.write(bytes)
    return this.#head.promise
  }

  /** Gives the body to `take` until its end. Rejects when it breaks off. */
  async receive(take: TakeBytes): Promise<void> {
    this.#take = take
    for (const chunk of this.#early.splice(0)) this.#body(chunk)
    this.#socket.resume()
    await this.#end?.promise
    this.#rest()
  }

  /** Ends it. */
  close(error: Error = new Error('closed')): void {
    this.#fail(error)
  }

  /** For a while without anything to do. */
  idle(ms: number): void {
    this.#socket.setTimeout(ms)
    this.#socket.unref()
  }

  #listen(): void {
    const socket = this.#socket
    if (readInPlace(socket, chunk => this.#receive(chunk))) return
    socket.on('data', chunk => this.#receive(chunk))
    socket.resume()
  }

  #receive(chunk: Uint8Array): void {
    this.#heard = true
    try {
      if (this.#reader === undefined)
        throw new PeerageError('wire.invalid', 'It sends what nobody asked for.')
      this.#reader.receive(chunk)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #body(chunk: Uint8Array): void {
    if (this.#take === undefined) {
      this.#early.push(new Uint8Array(chunk))
      this.#socket.pause()
    } else if (!this.#take(chunk)) {
      this.#end?.resolve()
      this.#socket.destroy()
    }
  }

  #rest(): void {
    const reusable = this.#reader?.isReusable === true && !this.#socket.destroyed
    this.#reader = undefined
    this.#take = undefined
    if (!reusable) this.#socket.destroy()
    this.#onIdle(reusable)
  }

  #ended(): void {
    try {
      this.#reader?.closed()
      this.#socket.destroy()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #closed(): void {
    this.#fail(new Error('the connection was closed'))
    this.#onIdle(false)
  }

  #fail(error: Error): void {
    this.#head?.promise.catch(() => {})
    this.#head?.reject(error)
    this.#end?.reject(error)
    this.#socket.destroy()
  }
}
