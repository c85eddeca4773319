import { PeerageError, type World } from '../../base/index.ts'
import { type HttpResponse, httpRequest, type WayOut } from '../../network/index.ts'
import { parseContentRange, parseRetryAfter } from '../../wire/index.ts'
import type { WebSeedAsks } from '../finders.ts'
import type { WebSeedsConfig } from './config.ts'
import { WebFailure } from './web-failure.ts'

export interface RangeFetch {
  readonly world: World
  readonly config: WebSeedsConfig
  readonly url: string
  readonly asks: WebSeedAsks
  /** In bytes, from the start of the file. */
  readonly offset: number
  readonly length: number
  /** What the file must have, in bytes. */
  readonly fileSize: number
  readonly signal: AbortSignal
  mayReach(ip: string): boolean
  readonly egress: WayOut
  /** Gets `length` bytes in order; each chunk is valid during the call only. */
  onBytes(chunk: Uint8Array): void
}

const missing: ReadonlySet<number> = new Set([401, 403, 404, 405, 406, 410, 416, 451])
const busy: ReadonlySet<number> = new Set([429, 503])
const usualBusyMs = 60_000
/** A number of seconds is not longer, in bytes. */
const maxWaitText = 64

/** Fetches a part of a file, and gives the URL that it came from at last. Rejects with a `WebFailure` or `signal.reason`. */
export async function fetchRange(fetch: RangeFetch): Promise<URL> {
  const { url, asks, offset, length, signal, mayReach, egress } = fetch
  const watch = new Watch(fetch)
  try {
    const answer = await httpRequest(url, {
      signal: AbortSignal.any([signal, watch.signal]),
      egress,
      mayReach,
      headers: {
        ...(asks === 'files' && { range: `bytes=${offset}-${offset + length - 1}` }),
        'accept-encoding': 'identity',
      },
    })
    try {
      const skip = asks === 'files' ? skipOf(fetch, answer) : await checkPart(fetch, answer)
      await read(fetch, answer, skip, watch)
    } catch (error) {
      answer.close()
      throw error
    }
    return answer.url
  } catch (error) {
    signal.throwIfAborted()
    if (watch.signal.aborted) throw watch.signal.reason
    if (error instanceof WebFailure) throw error
    throw new WebFailure('failed', error instanceof Error ? error.message : String(error))
  } finally {
    watch.end()
  }
}

/** How many bytes of the answer come before those that were asked for. Throws when it is another answer than it should be. */
function skipOf(
  { offset, length, fileSize, config, world }: RangeFetch,
  { status, headers }: HttpResponse,
): number {
  if (missing.has(status))
    throw new WebFailure('missing', `It does not give this file (HTTP status ${status}).`)
  if (busy.has(status)) {
    const wait = parseRetryAfter(headers.get('retry-after') ?? '', world.wallTime()) ?? usualBusyMs
    throw new WebFailure('busy', `It is too busy (HTTP status ${status}).`, wait)
  }
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity')
    throw new WebFailure('failed', 'It sends files in packed form.')
  if (status === 206) {
    const range = parseContentRange(headers.get('content-range') ?? '')
    if (range?.size !== undefined && range.size !== fileSize) throw otherSize()
    if (range?.first !== offset || range.last !== offset + length - 1)
      throw new WebFailure('failed', 'It sends other parts of files than it is asked for.')
    return 0
  }
  if (status !== 200) throw new WebFailure('failed', `It answers with HTTP status ${status}.`)
  const whole = headers.get('content-length')
  if (whole !== undefined && Number(whole) !== fileSize) throw otherSize()
  if (fileSize > config.maxSkipBytes)
    throw new WebFailure('whole-files', 'It sends only whole files, and this one is too large for that.')
  return offset
}

/** What a script of BEP 17 answers: just the bytes, or how many seconds to wait. Nothing of them is to be skipped. */
async function checkPart({ length }: RangeFetch, answer: HttpResponse): Promise<0> {
  const { status, headers } = answer
  if (status === 503) {
    const text = new TextDecoder().decode(await answer.read(maxWaitText))
    const wait = parseRetryAfter(text, 0) ?? usualBusyMs
    throw new WebFailure('busy', 'It is too busy (HTTP status 503).', wait)
  }
  if (status !== 200) throw new WebFailure('failed', `It answers with HTTP status ${status}.`)
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity')
    throw new WebFailure('failed', 'It sends files in packed form.')
  const whole = headers.get('content-length')
  if (whole !== undefined && Number(whole) !== length)
    throw new WebFailure('failed', 'It sends other parts of pieces than it is asked for.')
  return 0
}

function otherSize(): WebFailure {
  return new WebFailure('missing', 'The file there has another size.')
}

async function read(fetch: RangeFetch, answer: HttpResponse, skip: number, watch: Watch): Promise<void> {
  let at = -skip
  try {
    await answer.receive(chunk => {
      watch.heard()
      const from = Math.max(0, -at)
      const to = Math.min(chunk.length, fetch.length - at)
      if (from < to) fetch.onBytes(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
      at += chunk.length
      // The rest of a whole file, or what should not be there.
      return at <= fetch.length
    })
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
  if (at < fetch.length) throw new WebFailure('failed', 'It broke off in the middle of an answer.')
}

/** Aborts when nothing is heard for too long. */
class Watch {
  readonly #abort = new AbortController()
  readonly #fetch: RangeFetch
  #heardAt: number
  #timer: { cancel(): void }

  constructor(fetch: RangeFetch) {
    this.#fetch = fetch
    this.#heardAt = fetch.world.now()
    this.#timer = this.#next(fetch.config.timeoutMs)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  heard(): void {
    this.#heardAt = this.#fetch.world.now()
  }

  end(): void {
    this.#timer.cancel()
  }

  #next(ms: number): { cancel(): void } {
    const { world, config } = this.#fetch
    return world.after(ms, () => {
      const left = this.#heardAt + config.timeoutMs - world.now()
      if (left > 0) this.#timer = this.#next(left)
      else this.#abort.abort(new WebFailure('failed', 'It does not answer.'))
    })
  }
}
