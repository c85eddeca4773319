import type { Socket } from 'node:net'
import { equalBytes, PeerageError, toHex, type World } from '../../base/index.ts'
import type { Network, PeerStream } from '../../network/index.ts'
import {
  type DialBackAnswer,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeKnock,
  encodeRequest,
  isKnock,
  knockBytes,
  nonceBytes,
  nonceOf,
  requestBytes,
} from './dial-back-frames.ts'
import type { DialBackRow } from './port-report.ts'

/** What a row says of a peer that was asked a short while ago. */
export const askedTooOften = 'It was asked too often.'

export const dialBackProtocol = '/peerage/dial-back/1'

/** How long a dial may take, and a whole test. */
const dialMs = 5_000
const testMs = 10_000
/** A datagram may come a little after the answer. */
const datagramMs = 500

/** Asks a peer that is connected to dial us back, and tells what arrived. Rejects with `signal.reason` only. */
export async function askToDialBack(
  { network, world }: { readonly network: Network; readonly world: World },
  { peer, path }: Pick<DialBackRow, 'peer' | 'path'>,
  signal: AbortSignal,
): Promise<DialBackRow> {
  const port = network.externalPort
  if (port === undefined) return { peer, path, problem: 'This peer does not listen.' }
  const nonce = world.random.bytes(nonceBytes)
  const door = new Door(network, nonce)
  try {
    const answer = await ask({ network, world }, peer, encodeRequest({ nonce, port }), signal)
    if (answer === 'refused') return { peer, path, problem: askedTooOften }
    if (!door.udp) await after(world, datagramMs)
    return { peer, path, tcp: door.tcp, udp: door.udp, at: world.wallTime() }
  } catch (error) {
    signal.throwIfAborted()
    return { peer, path, problem: error instanceof Error ? error.message : String(error) }
  } finally {
    door.close()
  }
}

async function ask(
  { network, world }: { readonly network: Network; readonly world: World },
  peer: string,
  request: Uint8Array,
  signal: AbortSignal,
): Promise<DialBackAnswer> {
  const stream = await network.open(peer, dialBackProtocol, { signal })
  const timer = world.after(testMs, () =>
    stream.abort(new PeerageError('network.unreachable', 'The peer did not answer.')),
  )
  try {
    stream.send(request)
    const answer = decodeAnswer(await readExactly(stream, 1))
    await stream.close()
    return answer
  } finally {
    timer.cancel()
  }
}

/** Where the knock of one test is waited for. */
class Door {
  tcp = false
  udp = false
  readonly #nonce: Uint8Array
  readonly #unclaim: readonly (() => void)[]

  constructor(network: Network, nonce: Uint8Array) {
    this.#nonce = nonce
    const name = `dial-back ${toHex(nonce.subarray(0, 4))}`
    const udp = network.datagrams?.claim({
      name,
      matches: bytes => this.#knows(nonceOf(bytes)),
      receive: () => {
        this.udp = true
      },
    })
    const receive = (socket: Socket, head: Uint8Array): void => this.#answer(socket, head)
    this.#unclaim = [
      network.claim({ name, isHidden: true, matches: isKnock, receive }),
      udp ?? (() => undefined),
    ]
  }

  close(): void {
    for (const unclaim of this.#unclaim) unclaim()
  }

  /** The nonce comes back: whoever dialled knows then that it reached us and not somebody else. */
  #answer(socket: Socket, head: Uint8Array): void {
    let seen = Buffer.from(head)
    const look = (): void => {
      if (seen.length < knockBytes) return
      const nonce = nonceOf(seen)
      if (!this.#knows(nonce)) return void socket.destroy()
      this.tcp = true
      socket.end(nonce)
    }
    socket.setTimeout(dialMs, () => socket.destroy())
    socket.on('data', chunk => {
      seen = Buffer.concat([seen, chunk]).subarray(0, knockBytes + 1)
      look()
    })
    look()
    socket.resume()
  }

  #knows(nonce: Uint8Array | undefined): nonce is Uint8Array {
    return nonce !== undefined && equalBytes(nonce, this.#nonce)
  }
}

export interface AnswererParts {
  readonly world: World
  readonly network: Network
  readonly perMinute: number
  mayAsk(peer: string): boolean
}

/** Dials back whoever asks, at the address of its connection and nowhere else, a bounded number of times a minute. */
export class DialBackAnswerer {
  readonly #parts: AnswererParts
  /** Peers that were answered in the last minute, and when. */
  readonly #recent = new Map<string, number>()

  constructor(parts: AnswererParts) {
    this.#parts = parts
  }

  async answer(stream: PeerStream): Promise<void> {
    const { world, mayAsk } = this.#parts
    const timer = world.after(testMs, () => stream.abort(new Error('it took too long')))
    try {
      const request = decodeRequest(await readExactly(stream, requestBytes))
      const ip = this.#addressOf(stream.peer)
      const allowed = ip !== undefined && mayAsk(stream.peer) && this.#takeTurn(stream.peer)
      stream.send(encodeAnswer(allowed ? await this.#dial(ip, request.port, request.nonce) : 'refused'))
      await stream.close()
    } finally {
      timer.cancel()
    }
  }

  #addressOf(peer: string): string | undefined {
    const address = this.#parts.network.connections().find(one => one.peer === peer)?.address ?? ''
    return /^\/ip[46]\/([^/]+)\/tcp\//.exec(address)?.[1]
  }

  #takeTurn(peer: string): boolean {
    const { world, perMinute } = this.#parts
    const now = world.now()
    for (const [other, at] of this.#recent) if (now - at >= 60_000) this.#recent.delete(other)
    if (this.#recent.has(peer) || this.#recent.size >= perMinute) return false
    this.#recent.set(peer, now)
    return true
  }

  async #dial(address: string, port: number, nonce: Uint8Array): Promise<DialBackAnswer> {
    const { network, world } = this.#parts
    const tooLate = new AbortController()
    const timer = world.after(dialMs, () => tooLate.abort(new Error('nobody answered')))
    network.datagrams?.send(encodeKnock(nonce), { address, port })
    try {
      const socket = await network.dialTcp({ address, port }, tooLate.signal)
      return (await knocked(socket, nonce, tooLate.signal)) ? 'reached' : 'closed'
    } catch {
      return 'closed'
    } finally {
      timer.cancel()
    }
  }
}

/** Sends the knock and waits for the nonce to come back. */
function knocked(socket: Socket, nonce: Uint8Array, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let seen = Buffer.alloc(0)
  signal.addEventListener('abort', () => resolve(false), { once: true })
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  socket.on('data', chunk => {
    seen = Buffer.concat([seen, chunk]).subarray(0, nonceBytes)
    if (seen.length === nonceBytes) resolve(equalBytes(seen, nonce))
  })
  socket.write(encodeKnock(nonce))
  socket.resume()
  return promise.finally(() => socket.destroy())
}

/** The first `length` bytes of a stream; more, or fewer, are `wire.invalid`. */
function readExactly(stream: PeerStream, length: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const wrong = (): void => reject(new PeerageError('wire.invalid', 'The peer did not keep to the protocol.'))
  let bytes = Buffer.alloc(0)
  stream.onEnd(wrong)
  stream.onClose(error => (error === undefined ? wrong() : reject(error)))
  stream.onData(chunk => {
    bytes = Buffer.concat([bytes, chunk]).subarray(0, length + 1)
    if (bytes.length === length) resolve(bytes)
    else if (bytes.length > length) wrong()
  })
  return promise
}

function after(world: World, ms: number): Promise<void> {
  return new Promise(resolve => world.after(ms, resolve))
}
