import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { answer } from './answer.ts'
import { GatewayFailure } from './failure.ts'
import type { GatewayHost, GatewayListener } from './host.ts'
import { GatewayKeys, keyName } from './keys.ts'
import { encodedPath, type GatewayRequest, isAddress } from './place.ts'
import { endingWith, failureAnswer, type GatewayAnswer } from './responses.ts'
import { Sessions } from './sessions.ts'

/** How the gateway is doing. */
export interface GatewayStatus {
  readonly enabled: boolean
  /** Where it listens; undefined while it does not. */
  readonly url?: string
  /** What is not here is fetched from the IPFS network. */
  readonly fetches: boolean
  /** Requests that are answered now, and that were answered since it began. */
  readonly open: number
  readonly answered: number
}

/** Where a content can be looked at. */
export interface GatewayUrl {
  readonly url: string
  /** It is private: the URL has a key in it, which ends when this peer stops. */
  readonly isPrivate: boolean
}

type Listening = Awaited<ReturnType<GatewayListener>>

/** The gateway of this peer: answers requests that somebody who listens hands to it. */
export class Gateway {
  readonly #host: GatewayHost
  readonly #keys: GatewayKeys
  readonly #sessions: Sessions
  #listener: GatewayListener | undefined
  #listening: Listening | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #open = 0
  #answered = 0

  constructor(host: GatewayHost) {
    const { world, config } = host
    this.#host = host
    this.#keys = new GatewayKeys(world.random.bytes(32))
    this.#sessions = new Sessions(world, config.maxRequests, (root, publicOnly) =>
      host.session(root, publicOnly),
    )
  }

  /** Takes whoever can listen; begins at once when it is enabled. Throws as `setEnabled`. */
  async attach(listener: GatewayListener): Promise<void> {
    this.#listener = listener
    if (this.#host.config.enabled) await this.#begin()
  }

  /**
   * Listens from now on, or no longer, after a restart, too.
   *
   * @throws PeerageError `network.port-in-use`; `usage.invalid` where nobody listens
   */
  async setEnabled(enabled: boolean): Promise<GatewayStatus> {
    if (enabled) await this.#begin()
    else await this.#end()
    await this.#host.keepEnabled(enabled)
    return this.status()
  }

  /** Does as the configuration says, where somebody can listen. Throws as `setEnabled`. */
  async follow(enabled: boolean): Promise<void> {
    if (!enabled) await this.#end()
    else if (this.#listener !== undefined) await this.#begin()
  }

  status(): GatewayStatus {
    const { config } = this.#host
    return {
      enabled: this.#listening !== undefined,
      ...(this.#listening !== undefined && { url: this.#url() }),
      fetches: config.fetch,
      open: this.#open,
      answered: this.#answered,
    }
  }

  /** Where to look at what the user names. Throws `content.unknown`, `link.invalid`, and `usage.invalid` while it does not listen. */
  urlOf(what: string): GatewayUrl {
    if (this.#listening === undefined)
      throw new PeerageError(
        'usage.invalid',
        'The gateway does not run: start it with `peerage gateway start`.',
      )
    const { cid: root, path } = this.#host.rootOf(what)
    const { blocks } = this.#host
    const block = blocks.find(root)
    const isPrivate = block !== undefined && !blocks.isPublic(block)
    const search = isPrivate ? `?${keyName}=${this.#keys.of(root)}` : ''
    return {
      url: `${this.#urlOfRoot(root)}${path.length === 0 ? '/' : encodedPath(path)}${search}`,
      isPrivate,
    }
  }

  async stop(): Promise<void> {
    await this.#end()
  }

  /** Answers one request; what comes when too much is under way is told to come again. */
  async answer(request: GatewayRequest, signal: AbortSignal): Promise<GatewayAnswer> {
    const { config } = this.#host
    if (this.#open >= config.maxRequests)
      return failureAnswer(
        request,
        new GatewayFailure(429, 'This gateway has too much to do.', { retryAfter: 5 }),
      )
    this.#open++
    const over = (): void => {
      this.#open--
      this.#answered++
    }
    const told = await answer(
      request,
      {
        world: this.#host.world,
        config,
        blocks: this.#host.blocks,
        names: this.#host.names,
        recordOf: this.#host.recordOf,
        failed: error => this.#host.failed(error),
        denylists: this.#host.denylists,
        keys: this.#keys,
        sessions: this.#sessions,
      },
      signal,
    )
    if (told.body === undefined) {
      over()
      return told
    }
    return { ...told, body: endingWith(told.body, over) }
  }

  #begin(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#listening !== undefined) return
      if (this.#listener === undefined)
        throw new PeerageError(
          'usage.invalid',
          'Only a peer that keeps running listens: begin it with `peerage start`.',
        )
      const { config } = this.#host
      this.#listening = await this.#listener({
        config,
        answer: (request, signal) => this.answer(request, signal),
      })
    })
  }

  #end(): Promise<void> {
    return this.#inTurn(async () => {
      const listening = this.#listening
      this.#listening = undefined
      await listening?.close()
      this.#sessions.stop()
    })
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #url(): string {
    const [host] = this.#host.config.hosts
    return `http://${host}:${this.#listening!.port}`
  }

  /** By path at an address, and where the CID is too long for a host name. */
  #urlOfRoot(root: CID): string {
    const label = root.toV1().toString()
    const [host = ''] = this.#host.config.hosts
    if (isAddress(host)) return `${this.#url()}/ipfs/${label}`
    return label.length > 63
      ? `http://127.0.0.1:${this.#listening!.port}/ipfs/${label}`
      : `http://${label}.ipfs.${this.#url().slice('http://'.length)}`
  }
}
