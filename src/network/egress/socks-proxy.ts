import { isIP, type Socket } from 'node:net'
import { PeerageError, type World } from '../../base/index.ts'
import { isLoopbackIp } from '../path.ts'
import { egressDown } from './held-interface.ts'
import { readExactly } from './read-exactly.ts'
import type { TcpTarget } from './sockets.ts'
import {
  type Credentials,
  checkPasswordReply,
  decodeMethod,
  decodeReply,
  encodeGreeting,
  encodePassword,
  encodeRequest,
  replyHeadBytes,
  replyLength,
  type SocksAddress,
  SocksRefusal,
  socksCommand,
} from './socks-message.ts'

/** A proxy as `network.proxy` names it. */
export interface ProxyAddress extends SocksAddress {
  readonly credentials?: Credentials
}

/** How long a proxy may take to answer, connecting to somebody far included. */
export const maxProxyAnswerMs = 30_000
const usualPort = 1080

/** `socks5://[user:password@]host[:port]`. Throws `config.invalid`, which never shows the password. */
export function parseProxy(text: string): ProxyAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  const isProxy = url !== undefined && /^socks5h?:$/.test(url.protocol) && host !== ''
  if (!isProxy || !/^\/?$/.test(url.pathname))
    throw new PeerageError('config.invalid', 'network.proxy: it must be socks5://[user:password@]host:port.')
  const proxy = { host, port: Number(url.port) || usualPort }
  if (url.username === '' && url.password === '') return proxy
  const [user, password] = [url.username, url.password].map(decodeURIComponent) as [string, string]
  for (const one of [user, password])
    if (one === '' || Buffer.byteLength(one) > 255)
      throw new PeerageError('config.invalid', 'network.proxy: user and password have 1 to 255 bytes each.')
  return { ...proxy, credentials: { user, password } }
}

/** As shown to people: without the password. */
export function proxyText({ host, port }: ProxyAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

export interface SocksProxyParts {
  readonly address: ProxyAddress
  readonly world: World
  /** Connects to the proxy itself. */
  dial(target: TcpTarget, signal: AbortSignal): Promise<Socket>
  /** It answered, or it did not and why. */
  onState(problem: string | undefined): void
}

/** A SOCKS 5 proxy (RFC 1928). Whatever it sends is bounded in bytes and in time. */
export class SocksProxy {
  readonly #parts: SocksProxyParts

  constructor(parts: SocksProxyParts) {
    this.#parts = parts
  }

  /** A connection to `to`, made by the proxy. Rejects with `network.egress-down`, `network.unreachable` or `signal.reason`. */
  async connect(to: SocksAddress, signal: AbortSignal): Promise<Socket> {
    if (isIP(to.host) !== 0 && isLoopbackIp(to.host))
      throw egressDown('This machine itself is not talked to through network.proxy.')
    return await this.reach(to, signal)
  }

  /** Like `connect`, wherever `to` is: on the machine of the proxy, too. */
  async reach(to: SocksAddress, signal: AbortSignal): Promise<Socket> {
    return (await this.#command(socksCommand.connect, to, signal)).socket
  }

  /**
   * The connection that keeps the way for datagrams open, and where they go: to the proxy itself, or not at all.
   * Rejects like `connect`.
   */
  async associate(signal: AbortSignal): Promise<{ control: Socket; relay: SocksAddress }> {
    const nobody = { host: '0.0.0.0', port: 0 }
    const { socket, bound } = await this.#command(socksCommand.associate, nobody, signal)
    const proxy = socket.remoteAddress ?? ''
    const isItself = bound.host === proxy || bound.host === '0.0.0.0' || bound.host === '::'
    if (isItself && bound.port !== 0) return { control: socket, relay: { host: proxy, port: bound.port } }
    socket.destroy()
    throw new PeerageError('peer.protocol', 'The proxy wants datagrams sent to another machine than itself.')
  }

  async #command(
    command: number,
    to: SocksAddress,
    signal: AbortSignal,
  ): Promise<{ socket: Socket; bound: SocksAddress }> {
    const { world, address } = this.#parts
    const late = new AbortController()
    const timer = world.after(maxProxyAnswerMs, () =>
      late.abort(egressDown(`The proxy ${proxyText(address)} does not answer.`)),
    )
    const either = AbortSignal.any([signal, late.signal])
    try {
      const socket = await this.#reach(either)
      try {
        return { socket, bound: await this.#ask(socket, encodeRequest(command, to), either) }
      } catch (error) {
        socket.destroy()
        throw error
      }
    } finally {
      timer.cancel()
    }
  }

  async #reach(signal: AbortSignal): Promise<Socket> {
    const { address, dial, onState } = this.#parts
    const { host, port } = address
    try {
      return await dial({ host, port, family: isIP(host) === 6 ? 6 : isIP(host) === 4 ? 4 : 0 }, signal)
    } catch (cause) {
      signal.throwIfAborted()
      const message = `The proxy ${proxyText(address)} cannot be reached, so nothing is sent (network.proxy).`
      onState(message)
      throw egressDown(message, cause)
    }
  }

  async #ask(socket: Socket, request: Uint8Array, signal: AbortSignal): Promise<SocksAddress> {
    const { address, onState } = this.#parts
    const { credentials } = address
    const hasPassword = credentials !== undefined
    try {
      socket.write(encodeGreeting(hasPassword))
      const wantsPassword = decodeMethod(await readExactly(socket, 2, signal), hasPassword)
      if (wantsPassword && hasPassword) {
        socket.write(encodePassword(credentials))
        checkPasswordReply(await readExactly(socket, 2, signal))
      }
      socket.write(request)
      const head = await readExactly(socket, replyHeadBytes, signal)
      const rest = await readExactly(socket, replyLength(head) - head.length, signal)
      onState(undefined)
      return decodeReply(Buffer.concat([head, rest]))
    } catch (error) {
      signal.throwIfAborted()
      // It works, whatever it says about whom we wanted to talk to.
      onState(error instanceof SocksRefusal ? undefined : messageOf(error))
      throw error
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
