import { contentResource } from '../../../access/index.ts'
import { PeerageError, toHex } from '../../../base/index.ts'
import type { FilesHost } from '../host.ts'
import { recordOf } from '../record.ts'
import { makePublic, type Source } from '../source.ts'
import { Statistics } from '../statistics.ts'
import { Tally } from '../tally.ts'
import { Transfer } from '../transfer.ts'

interface Running {
  readonly abort: AbortController
  readonly ended: Promise<unknown>
}

const refusal = 'Everybody whom the link names answered that they do not offer this to you.'

/**
 * Info dictionaries that were fetched to be looked at, so that they need not come again when the content is fetched. Nothing of it is on disk,
 * and nobody is served.
 */
export class Metadata {
  readonly #host: FilesHost
  readonly #kept = new Map<string, Uint8Array>()
  readonly #running = new Map<string, Running>()
  readonly #has: (infoHash: string) => boolean

  /** `has`: whether there is a transfer of that name. */
  constructor(host: FilesHost, has: (infoHash: string) => boolean) {
    this.#host = host
    this.#has = has
  }

  get(id: string): Uint8Array | undefined {
    return this.#kept.get(id)
  }

  /** For who begins to fetch it: what is known, and from now on nobody else asks for it. */
  async take({ infoHash }: Source): Promise<Uint8Array | undefined> {
    const id = toHex(infoHash)
    const running = this.#running.get(id)
    running?.abort.abort(new PeerageError('usage.invalid', 'It is being fetched now.'))
    await running?.ended
    const info = this.#kept.get(id)
    this.#kept.delete(id)
    return info
  }

  /**
   * Asks for it; who asks for the same meanwhile waits. `began` gets what asks. Throws `network.limit`, `access.denied`, what stops it;
   * `signal.reason`.
   */
  async ask(source: Source, signal: AbortSignal, began: (transfer: Transfer) => void): Promise<Uint8Array> {
    const id = toHex(source.infoHash)
    for (let other = this.#running.get(id); other !== undefined; other = this.#running.get(id))
      await other.ended
    signal.throwIfAborted()
    const kept = this.#kept.get(id)
    if (kept !== undefined) return kept
    const { maxPreviews } = this.#host.config
    if (this.#running.size >= maxPreviews)
      throw new PeerageError(
        'network.limit',
        `${maxPreviews} links are looked at already (files.maxPreviews).`,
      )
    const abort = new AbortController()
    const stop = AbortSignal.any([signal, abort.signal])
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    const transfer = this.#probeOf(source, resolve)
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
    transfer.onChange(() => {
      if (transfer.failure !== undefined) reject(transfer.failure)
      else if (transfer.isRefused) reject(new PeerageError('access.denied', refusal))
    })
    const info = this.#ended(source, transfer, promise)
    this.#running.set(id, { abort, ended: info.catch(() => undefined) })
    began(transfer)
    transfer.start()
    transfer.learn(source.link)
    return await info
  }

  async stop(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { abort } of all) abort.abort(new PeerageError('daemon.unreachable', 'Peerage stops.'))
    await Promise.all(all.map(({ ended }) => ended))
  }

  #probeOf({ infoHash, link, ...rest }: Source, found: (info: Uint8Array) => void): Transfer {
    const { access, world, store } = this.#host
    const id = toHex(infoHash)
    const record = recordOf({ infoHash: id, name: link.name ?? '', into: '', paused: false, addedAt: 0 })
    makePublic(record, { infoHash, link, ...rest })
    const { secret, owner } = link
    if (!this.#has(id))
      access.adopt(contentResource(infoHash), { secret, owner: owner === access.self ? undefined : owner })
    return new Transfer({
      host: this.#host,
      infoHash,
      record,
      tally: new Tally(id, store.state, new Statistics(world, store.state)),
      onChange: () => undefined,
      save: () => undefined,
      onMetadata: found,
      succeed: () => {
        throw new TypeError('A probe has no place on disk.')
      },
    })
  }

  /** Whatever comes of it, nothing is left but the dictionary. */
  async #ended({ infoHash }: Source, transfer: Transfer, asked: Promise<Uint8Array>): Promise<Uint8Array> {
    const id = toHex(infoHash)
    try {
      const info = await asked
      this.#keep(id, info)
      return info
    } finally {
      await transfer.stop()
      transfer.forget()
      this.#running.delete(id)
      if (!this.#has(id)) this.#host.access.removePolicy(contentResource(infoHash))
    }
  }

  /** The oldest go when there are too many. */
  #keep(id: string, info: Uint8Array): void {
    const { maxPreviews, previewBytes } = this.#host.config
    this.#kept.delete(id)
    this.#kept.set(id, info)
    let bytes = [...this.#kept.values()].reduce((sum, { length }) => sum + length, 0)
    for (const [oldest, { length }] of this.#kept) {
      if (bytes <= previewBytes && this.#kept.size <= maxPreviews) break
      this.#kept.delete(oldest)
      bytes -= length
    }
  }
}
