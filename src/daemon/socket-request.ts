import { connect, type Socket } from 'node:net'

export interface SocketResponse {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Breaking out of it closes the connection. Throws when the connection ends before its content length. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface SocketRequest {
  readonly socket: string
  readonly path: string
  readonly token: string
  readonly body: string
  readonly signal: AbortSignal
}

const maxHeadBytes = 64 * 1024

/**
 * One POST over a Unix socket. Spoken by hand in HTTP/1.0, where a body ends with its connection, because loading `node:http`
 * takes longer than the rest of a command. Rejects with `signal.reason` or with the error of the connection.
 */
export async function requestOverSocket({
  socket: path,
  signal,
  ...request
}: SocketRequest): Promise<SocketResponse> {
  signal.throwIfAborted()
  const socket = connect(path)
  const abort = (): void => void socket.destroy(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', abort))
  socket.write(formatRequest(request))
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const { head, rest } = await readHead(chunks)
  const headers = parseHeaders(head)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  return { status, headers, body: readBody(socket, rest, chunks, headers.get('content-length')) }
}

function formatRequest({ path, token, body }: Pick<SocketRequest, 'path' | 'token' | 'body'>): string {
  const head = [
    `POST ${path} HTTP/1.0`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<{ head: string; rest: Buffer }> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end >= 0) return { head: bytes.toString('latin1', 0, end), rest: bytes.subarray(end + 4) }
    const turn = await chunks.next()
    if (turn.done === true) throw new Error('no answer')
    if (bytes.length > maxHeadBytes) {
      await chunks.return?.()
      throw new Error('no answer')
    }
    bytes = Buffer.concat([bytes, turn.value])
  }
}

function parseHeaders(head: string): ReadonlyMap<string, string> {
  const lines = head.split('\r\n').slice(1)
  return new Map(
    lines.map(line => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    }),
  )
}

async function* readBody(
  socket: Socket,
  rest: Buffer,
  chunks: AsyncIterator<Buffer>,
  contentLength: string | undefined,
): AsyncGenerator<Uint8Array> {
  let got = rest.length
  try {
    if (rest.length > 0) yield rest
    for (let turn = await chunks.next(); turn.done !== true; turn = await chunks.next()) {
      got += turn.value.length
      yield turn.value
    }
    if (contentLength !== undefined && got < Number(contentLength)) throw new Error('answer cut short')
  } finally {
    socket.destroy()
  }
}
