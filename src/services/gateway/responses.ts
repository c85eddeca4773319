import { PeerageError } from '../../base/index.ts'
import { GatewayFailure } from './failure.ts'
import { wantsPage } from './format.ts'
import { failurePage, pagePolicy } from './page.ts'
import type { GatewayRequest } from './place.ts'

/** What is sent back. */
export interface GatewayAnswer {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Absent for HEAD, and where there is nothing to send. Ends with an error when it cannot go on. */
  readonly body?: AsyncIterable<Uint8Array>
}

/** No page of another origin shows or runs what comes from here, and where it came from is told to nobody. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
}

export function redirectTo(
  status: number,
  location: string,
  more: Record<string, string> = {},
): GatewayAnswer {
  return { status, headers: { ...commonHeaders, location, 'content-length': '0', ...more } }
}

/** A text that is whole, with its length. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): GatewayAnswer {
  const bytes = new TextEncoder().encode(text)
  return {
    status,
    headers: { ...commonHeaders, ...headers, 'content-length': String(bytes.length) },
    body: onlyOf(bytes),
  }
}

/** Says in words of a person why there is no content: as a page for those who look at it. */
export function failureAnswer(
  request: GatewayRequest,
  { status, message, headers: own }: GatewayFailure,
): GatewayAnswer {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': pagePolicy,
    ...own,
    ...(status === 405 && { allow: 'GET, HEAD' }),
  }
  return wantsPage(request)
    ? textAnswer(status, failurePage(status, message), {
        ...headers,
        'content-type': 'text/html; charset=utf-8',
      })
    : textAnswer(status, `${message}\n`, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
}

/** The failure that an error is for whoever asked; undefined for what nobody expected. */
export function failureOf(error: unknown): GatewayFailure | undefined {
  if (error instanceof GatewayFailure) return error
  if (!(error instanceof PeerageError)) return undefined
  const { code, message } = error
  if (code === 'content.denied') return deniedFailure(error)
  if (code === 'config.invalid')
    return new GatewayFailure(503, 'A denylist cannot be read.', { cause: error })
  const status = code === 'dag.unsupported' ? 400 : (byCode[code] ?? (error.kind === 'network' ? 502 : 500))
  const hint = code === 'dag.unsupported' ? ' Its bytes can be had with ?format=raw.' : ''
  return new GatewayFailure(status, message + hint, {
    cause: error,
    ...(error.kind === 'network' && status === 502 && { retryAfter: 60 }),
  })
}

/** Whoever asks need not know which list it is: who runs this peer is told by the other commands. */
function deniedFailure(error: PeerageError): GatewayFailure {
  const isForTheLaw = error.details.status === 451
  const why = 'A denylist that this gateway follows names this content: it is not served'
  return new GatewayFailure(isForTheLaw ? 451 : 410, `${why}${isForTheLaw ? ' for legal reasons' : ''}.`, {
    cause: error,
  })
}

const byCode: Readonly<Record<string, number>> = {
  'content.no-such-file': 404,
  'link.invalid': 400,
  'name.no-link': 404,
  'name.unknown': 404,
  'name.refused': 502,
  'dag.invalid': 502,
  'dag.limit': 502,
  'block.mismatch': 502,
}

/** Bytes as a body. */
export async function* onlyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Waits for the first chunk, so that what fails before it still gets its own status. */
export async function begun(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next()
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const turn = first ?? (await iterator.next())
    first = undefined
    return turn
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: () => ended(iterator) }) }
}

/** Calls `end` once, when a body is over or not wanted any more: even one that nobody began to read, which a generator would not notice. */
export function endingWith(chunks: AsyncIterable<Uint8Array>, end: () => void): AsyncIterable<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  let isOver = false
  const over = (): void => {
    if (!isOver) end()
    isOver = true
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const turn = await iterator.next()
      if (turn.done === true) over()
      return turn
    } catch (error) {
      over()
      throw error
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: () => ended(iterator).finally(over) }) }
}

async function ended(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  await iterator.return?.()
  return { done: true, value: undefined }
}
