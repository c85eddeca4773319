import type { Operation } from '../../../src/base/index.ts'
import { reportReached, reportUnreachable } from './connection.ts'
import { ApiError, isAbort, type ToldError } from './errors.ts'
import { kinds, type Services } from './operations.generated.ts'
import { currentToken, dropToken } from './token.ts'

/** Fields with a default may be left out. */
type Given<In> = { [Key in keyof In]?: In[Key] }
type InputOf<Op> = Op extends Operation<infer _State, infer In, infer _Out> ? Given<In> : never
type ResultOf<Op> = Op extends { run(...args: never[]): infer Result } ? Result : never

/** `files.list`, `config.set` ... */
export type OperationName = {
  [S in keyof Services]: `${S & string}.${keyof Services[S] & string}`
}[keyof Services]

type OperationOf<Name extends OperationName> = Name extends `${infer S}.${infer O}`
  ? S extends keyof Services
    ? O extends keyof Services[S]
      ? Services[S][O]
      : never
    : never
  : never

export type Input<Name extends OperationName> = InputOf<OperationOf<Name>>
/** One answer of a `value`, or each that a `stream` gives. */
export type Answer<Name extends OperationName> =
  ResultOf<OperationOf<Name>> extends Promise<infer Value>
    ? Value
    : ResultOf<OperationOf<Name>> extends AsyncIterable<infer Value>
      ? Value
      : never

type KindOf<Name extends OperationName> = Name extends `${infer S}.${infer O}`
  ? S extends keyof typeof kinds
    ? O extends keyof (typeof kinds)[S]
      ? (typeof kinds)[S][O]
      : never
    : never
  : never

/** Operations that give one answer. */
export type ValueName = { [N in OperationName]: KindOf<N> extends 'value' ? N : never }[OperationName]
/** Operations that give answers as they come. */
export type StreamName = { [N in OperationName]: KindOf<N> extends 'stream' ? N : never }[OperationName]

export interface CallOptions {
  readonly signal?: AbortSignal
}

type Method<Name extends OperationName> =
  KindOf<Name> extends 'value'
    ? (input?: Input<Name>, options?: CallOptions) => Promise<Answer<Name>>
    : (input?: Input<Name>, options?: CallOptions) => AsyncIterable<Answer<Name>>

/** Every operation as a typed method: `api.files.list()`. `bytes` are not among them: see `media.ts`. */
export const api = Object.fromEntries(
  Object.entries(kinds).map(([service, operations]) => [
    service,
    Object.fromEntries(
      Object.entries(operations).map(([name, kind]) => [
        name,
        (input: object = {}, options: CallOptions = {}) =>
          kind === 'value'
            ? call(`${service}.${name}` as ValueName, input as never, options)
            : stream(`${service}.${name}` as StreamName, input as never, options),
      ]),
    ),
  ]),
) as unknown as {
  readonly [S in keyof Services & string]: {
    readonly [O in keyof Services[S] & string as KindOf<`${S}.${O}` & OperationName> extends 'bytes'
      ? never
      : O]: Method<`${S}.${O}` & OperationName>
  }
}

/** One answer. Rejects with `ApiError`, or with the reason of `signal`. */
export async function call<Name extends ValueName>(
  name: Name,
  input: Input<Name>,
  options: CallOptions = {},
): Promise<Answer<Name>> {
  const response = await post(pathOf(name), JSON.stringify(input), options)
  return (await response.json()) as Answer<Name>
}

/** Answers as they come, the final one last. Ends the operation when `signal` is aborted or the loop is left. */
export async function* stream<Name extends StreamName>(
  name: Name,
  input: Input<Name>,
  options: CallOptions = {},
): AsyncGenerator<Answer<Name>, void> {
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, ...(options.signal ? [options.signal] : [])])
  try {
    const response = await post(pathOf(name), JSON.stringify(input), { signal })
    for await (const line of linesOf(response, signal)) {
      if (line.error !== undefined) throw new ApiError(line.error)
      // The result is the last value once more.
      if ('result' in line) return
      yield line.value as Answer<Name>
    }
    throw new ApiError({ code: 'daemon.unreachable' })
  } finally {
    left.abort(new DOMException('left', 'AbortError'))
  }
}

interface Line {
  readonly value?: unknown
  readonly result?: unknown
  readonly error?: ToldError
}

async function* linesOf(response: Response, signal: AbortSignal): AsyncGenerator<Line> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read().catch(error => {
      throw lost(error, signal)
    })
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Line
  }
}

/** `files.share` is served at `/api/files/share`. */
function pathOf(name: string): string {
  return `/api/${name.replace('.', '/')}`
}

/**
 * One POST with the token. Rejects with `ApiError` for every answer but success.
 *
 * @param type content type of the body
 */
export async function post(
  path: string,
  body: BodyInit,
  { signal }: CallOptions = {},
  type = 'application/json',
): Promise<Response> {
  const token = currentToken()
  if (token === undefined) throw new ApiError({ code: 'api.unauthorized' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const request: RequestInit = { method: 'POST', body, headers, cache: 'no-store' }
  const response = await fetch(path, signal ? { ...request, signal } : request).catch(error => {
    throw lost(error, signal)
  })
  reportReached()
  if (response.ok) return response
  if (response.status === 401) dropToken(token)
  throw new ApiError(await told(response))
}

async function told(response: Response): Promise<ToldError> {
  const answer = (await response.json().catch(() => ({}))) as { error?: ToldError }
  return answer.error ?? { code: 'internal.bug', message: `HTTP ${response.status}` }
}

function lost(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || isAbort(error)) return signal?.reason ?? error
  reportUnreachable()
  return new ApiError({ code: 'daemon.unreachable' }, { cause: error })
}
