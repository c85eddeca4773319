import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What stands under a name: IPv4 addresses, and texts. */
export interface TestNames {
  readonly [name: string]: { readonly addresses?: readonly string[]; readonly texts?: readonly string[] }
}

/** Where the one name server of the test's internet is. */
export const nameServer = '192.0.2.53'
const kinds: Readonly<Record<number, 'addresses' | 'texts'>> = { 1: 'addresses', 16: 'texts' }

/**
 * An internet on loopback for one peer, which leaves through its SOCKS proxy: addresses of documentation (RFC 5737) and names lead to local ports, and
 * a name server answers at `nameServer`. Everything that is dialled is told.
 */
export class TestInternet {
  /** `host:port` as the proxy was asked for it. */
  readonly dialled: string[] = []
  /** Names that the name server was asked for. */
  readonly asked: string[] = []
  /** Local ports, by host. */
  readonly hosts: Map<string, number> = new Map()
  readonly #names: TestNames
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()

  constructor(names: TestNames) {
    this.#names = names
  }

  /** The `network.proxy` to leave through. */
  async start(): Promise<string> {
    this.hosts.set(nameServer, await this.#listen(socket => this.#serveNames(socket)))
    return `socks5://127.0.0.1:${await this.#listen(socket => this.#pass(socket))}`
  }

  stop(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #listen(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer(socket => {
      this.#keep(socket)
      serve(socket)
    }).listen(0, '127.0.0.1')
    this.#servers.push(server)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  /** SOCKS 5 (RFC 1928) without a password: messages of a client that waits for each answer. */
  #pass(socket: Socket): void {
    socket.once('data', () => {
      socket.write(Uint8Array.of(5, 0))
      socket.once('data', request => {
        // Connections only: no datagrams.
        if (request[1] !== 1) return void socket.end(replyOf(7))
        socket.pause()
        const isName = request[3] === 3
        const end = isName ? 5 + request[4]! : 8
        const host = isName ? request.toString('latin1', 5, end) : request.subarray(4, end).join('.')
        this.dialled.push(`${host}:${request.readUInt16BE(end)}`)
        const port = this.hosts.get(host)
        if (port === undefined) return void socket.end(replyOf(4))
        const onward = connect({ host: '127.0.0.1', port })
        this.#keep(onward)
        onward.once('connect', () => {
          socket.write(replyOf(0))
          socket.pipe(onward).pipe(socket)
        })
      })
    })
  }

  /** DNS over TCP (RFC 7766): one question a connection, which comes in one piece. */
  #serveNames(socket: Socket): void {
    socket.once('data', chunk => {
      const answer = this.#answerTo(chunk.subarray(2))
      socket.end(Buffer.concat([Uint8Array.of(answer.length >> 8, answer.length & 255), answer]))
    })
  }

  #answerTo(question: Buffer): Buffer {
    const labels: string[] = []
    for (let at = 12; question[at]! > 0; at += 1 + question[at]!)
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!))
    const name = labels.join('.')
    this.asked.push(name)
    const kind = kinds[question.readUInt16BE(question.length - 4)]
    const found = (kind && this.#names[name]?.[kind]) ?? []
    const records = found.map(text => {
      const data =
        kind === 'texts'
          ? Buffer.concat([Uint8Array.of(text.length), Buffer.from(text)])
          : Uint8Array.from(text.split('.').map(Number))
      const head = Uint8Array.of(0xc0, 12, ...question.subarray(-4), 0, 0, 0, 60, 0, data.length)
      return Buffer.concat([head, data])
    })
    const answer = Buffer.concat([question, ...records])
    answer[2]! |= 0x80
    answer[7] = records.length
    return answer
  }
}

/** The reply of a proxy with that code; 0 grants. */
function replyOf(code: number): Uint8Array {
  return Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0)
}
