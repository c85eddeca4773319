import type { CID } from 'multiformats/cid'
import type { Timer, World } from '../../base/index.ts'
import { believable, type HttpOptions, type HttpResponse, httpRequest, pathOf } from '../../network/index.ts'
import { ipnsLimits } from '../../wire/index.ts'
import type { Provider } from '../ports.ts'
import { decodeDelegatedAnswer, delegatedLimits, LineReader } from './delegated-answer.ts'

export interface DelegatedRouterParts {
  readonly world: World
  /** Base of the server's URLs. */
  readonly url: string
  readonly http: Pick<HttpOptions, 'egress' | 'mayReach'>
  readonly timeoutMs: number
  readonly maxProviders: number
}

type Tell = (provider: Provider) => void

const json = 'application/json'
const lines = 'application/x-ndjson'
const record = 'application/vnd.ipfs.ipns-record'
/** One that failed is not asked for so long. */
const restMs = 60_000

/** A server of delegated routing (`http-routing-v1`). What it says is hearsay; it learns what is looked for. */
export class DelegatedRouter {
  readonly #parts: DelegatedRouterParts
  #restsUntil = Number.NEGATIVE_INFINITY

  constructor(parts: DelegatedRouterParts) {
    this.#parts = parts
  }

  /** Rejects when the server fails or lies, which makes it rest for a minute. */
  findProviders(cid: CID, signal: AbortSignal, tell: Tell): Promise<void> {
    return this.#list(`providers/${cid.toV1()}`, signal, tell)
  }

  /** As `findProviders`. */
  findPeer(peer: string, signal: AbortSignal, tell: Tell): Promise<void> {
    return this.#list(`peers/${peer}`, signal, provider => {
      if (provider.peer === peer) tell(provider)
    })
  }

  /** The record of a name in base 36, undefined when it has none. Nothing of it is checked. */
  async getRecord(name: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return await this.#ask(`ipns/${name}`, { headers: { accept: record }, signal }, async response => {
      if (typeOf(response).startsWith(record)) return await response.read(ipnsLimits.record)
      response.close()
      return undefined
    })
  }

  /** Whether the server took it. */
  async putRecord(name: string, body: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const options = { headers: { 'content-type': record }, method: 'PUT', body, signal } as const
    const isTaken = await this.#ask(`ipns/${name}`, options, async response => {
      response.close()
      return true
    })
    return isTaken ?? false
  }

  async #list(path: string, signal: AbortSignal, tell: Tell): Promise<void> {
    const options = { headers: { accept: `${lines}, ${json};q=0.9` }, signal }
    await this.#ask(path, options, async response => {
      const teller = pathOf(`/${response.address.includes(':') ? 'ip6' : 'ip4'}/${response.address}/tcp/1`)
      let left = this.#parts.maxProviders
      const take = (providers: readonly Provider[]): boolean => {
        for (const provider of providers) {
          if (left-- <= 0) break
          tell({ ...provider, addresses: believable({ addresses: provider.addresses, teller }) })
        }
        return left > 0
      }
      if (typeOf(response).startsWith(lines)) await readLines(response, take)
      else take(decodeDelegatedAnswer(await response.read(delegatedLimits.answerBytes)))
    })
  }

  /** Rejects with `network.unreachable`, what `read` throws, or `signal.reason`. Undefined while the server rests, and for what it does not have. */
  async #ask<Answer>(
    path: string,
    options: Pick<HttpOptions, 'headers' | 'signal' | 'method' | 'body'>,
    read: (response: HttpResponse) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { world, url, http, timeoutMs } = this.#parts
    if (world.now() < this.#restsUntil) return undefined
    const limit = new AbortController()
    const timer: Timer = world.after(timeoutMs, () => limit.abort(new Error(`${url} takes too long.`)))
    const signal = AbortSignal.any([options.signal, limit.signal])
    try {
      const headers = { 'accept-encoding': 'identity', ...options.headers }
      const response = await httpRequest(`${url.replace(/\/+$/, '')}/routing/v1/${path}`, {
        ...http,
        ...options,
        headers,
        signal,
      })
      if (response.status === 200) return await read(response)
      response.close()
      if (response.status >= 500 || response.status === 429) throw new Error(`${url} is busy.`)
      return undefined
    } catch (error) {
      if (!options.signal.aborted) this.#restsUntil = world.now() + restMs
      throw error
    } finally {
      timer.cancel()
    }
  }
}

/** Told as they come; what a server sends without end is cut off at the bounds. */
async function readLines(
  response: HttpResponse,
  take: (providers: readonly Provider[]) => boolean,
): Promise<void> {
  const reader = new LineReader()
  let wrong: unknown
  let wantsMore = true
  await response.receive(chunk => {
    try {
      wantsMore = take(reader.push(chunk))
    } catch (error) {
      wrong = error
    }
    return wantsMore && wrong === undefined
  })
  if (wrong !== undefined) throw wrong
  if (wantsMore) take(reader.end())
}

function typeOf({ headers }: HttpResponse): string {
  return (headers.get('content-type') ?? json).toLowerCase()
}
