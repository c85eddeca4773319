import { connect } from 'node:net'
import type { ErrorCode } from '../base/index.ts'
import type { Caller, CallOptions, OperationDescription } from '../peer/index.ts'
import { type DaemonInfo, readDaemonInfo, readToken, socketPath } from './home-files.ts'
import { requestOverSocket, type SocketResponse } from './socket-request.ts'

/** Runs operations in the daemon of a home, over its Unix socket. Loads nothing heavy. */
export class DaemonClient implements Caller {
  readonly info: DaemonInfo
  readonly #token: string

  constructor(info: DaemonInfo, token: string) {
    this.info = info
    this.#token = token
  }

  /**
   * The answer can be awaited (kind `value`) or iterated (`stream`, `bytes`); the request goes out on the first of either.
   * Rejects with `PeerageError`, as the operation itself does.
   */
  call(operation: string, input: unknown, options: CallOptions): Promise<unknown> & AsyncIterable<unknown> {
    return new DaemonAnswer(() => this.#post(operation, input, options.signal), options.signal)
  }

  async describe(): Promise<readonly OperationDescription[]> {
    const signal = new AbortController().signal
    return (await this.call('daemon.operations', {}, { signal })) as OperationDescription[]
  }

  async #post(operation: string, input: unknown, signal: AbortSignal): Promise<SocketResponse> {
    const { socket } = this.info
    const path = `/api/${operation.replace('.', '/')}`
    try {
      const body = JSON.stringify(input ?? {})
      return await requestOverSocket({ socket, path, token: this.#token, body, signal })
    } catch (error) {
      throw await failure(error, signal)
    }
  }
}

/** A request that starts when it is first awaited or iterated. */
class DaemonAnswer implements Promise<unknown>, AsyncIterable<unknown> {
  readonly [Symbol.toStringTag] = 'DaemonAnswer'
  readonly #start: () => Promise<SocketResponse>
  readonly #signal: AbortSignal
  #value: Promise<unknown> | undefined

  constructor(start: () => Promise<SocketResponse>, signal: AbortSignal) {
    this.#start = start
    this.#signal = signal
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, only a lazy one
  then<A = unknown, B = never>(
    fulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#value ??= this.#start().then(response => readValue(response, this.#signal))
    return this.#value.then(fulfilled, rejected)
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.then(undefined, rejected)
  }

  finally(settled?: (() => void) | null): Promise<unknown> {
    return this.then().finally(settled)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    const response = await this.#start()
    if (response.status !== 200 && response.status !== 206) await readValue(response, this.#signal)
    if (isLines(response)) yield* readLines(response, this.#signal)
    else yield* readBytes(response, this.#signal)
  }
}

function isLines({ headers }: SocketResponse): boolean {
  return headers.get('content-type')?.startsWith('application/x-ndjson') === true
}

/** The bytes of an answer; a connection that breaks becomes `daemon.unreachable`. */
async function* readBytes(response: SocketResponse, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body
  } catch (error) {
    throw await failure(error, signal)
  }
}

async function readValue(response: SocketResponse, signal: AbortSignal): Promise<unknown> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readBytes(response, signal)) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (isLines(response)) return lastResult(text)
  const value: unknown = text === '' ? undefined : parseLine(text)
  if (response.status === 200) return value
  throw await toldError((value as { error?: ToldError } | undefined)?.error)
}

async function lastResult(text: string): Promise<unknown> {
  const last = parseLine(text.trimEnd().split('\n').at(-1) ?? '{}') as Line
  if (last.error !== undefined) throw await toldError(last.error)
  return last.result
}

interface Line {
  readonly value?: unknown
  readonly result?: unknown
  readonly error?: ToldError
}

async function* readLines(response: SocketResponse, signal: AbortSignal): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  let ended = false
  for await (const chunk of readBytes(response, signal)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      const line = parseLine(text) as Line
      if (line.error !== undefined) throw await toldError(line.error)
      // The result is the last value once more.
      if ('result' in line) ended = true
      else yield line.value
    }
  }
  if (!ended) throw await unreachable('The daemon stopped before it was done.')
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {
      error: { code: 'internal.bug', message: 'The daemon answered with something that is not JSON.' },
    }
  }
}

interface ToldError {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** What the daemon told, as the same error again. The error table is loaded only when there is something to tell. */
async function toldError(told: ToldError | undefined): Promise<Error> {
  const { PeerageError, errorTable } = await import('../base/index.ts')
  if (told === undefined || !(told.code in errorTable)) return new PeerageError('internal.bug', told?.message)
  return new PeerageError(
    told.code,
    told.message,
    told.details === undefined ? {} : { details: told.details },
  )
}

async function unreachable(message?: string, cause?: unknown): Promise<Error> {
  const { PeerageError } = await import('../base/index.ts')
  return new PeerageError('daemon.unreachable', message, { cause })
}

async function failure(error: unknown, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return signal.reason
  return unreachable(
    `The daemon went away (${error instanceof Error ? error.message : String(error)}).`,
    error,
  )
}

/** The client of the daemon that runs on this home, or undefined when none answers. */
export async function connectDaemon(home: string): Promise<DaemonClient | undefined> {
  const token = readToken(home)
  if (token === undefined) return undefined
  const socket = socketPath(home)
  if (!(await answers(socket))) return undefined
  const info = readDaemonInfo(home)
  return new DaemonClient({ pid: 0, version: '', startedAt: 0, url: '', ...info, socket }, token)
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    const end = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false))
    socket.setTimeout(2000, end(false))
  })
}
