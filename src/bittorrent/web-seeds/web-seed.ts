import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { WayOut } from '../../network/index.ts'
import { type DiscoveryStatus, MissingFiles, type Session, type Swarm } from '../../swarm/index.ts'
import type { WebSeedAsks, WebSource } from '../finders.ts'
import type { WebSeedsConfig } from './config.ts'
import type { WebFailure } from './web-failure.ts'
import { WebPipe } from './web-pipe.ts'

export interface WebSeedParts {
  readonly world: World
  readonly config: WebSeedsConfig
  readonly url: string
  readonly asks: WebSeedAsks
  readonly swarm: Swarm
  mayReach(ip: string): boolean
  readonly egress: WayOut
}

/** The longest block that is asked of a web seed, in bytes: the less there is to join and cut, the better. */
const maxRequestBytes = 1_048_576

/** A web server in one swarm: joins it, and comes back after a pause when it fails. One that lied stays out. */
export class WebSeed implements WebSource {
  readonly #parts: WebSeedParts
  #session: Session | undefined
  #timer: Timer | undefined
  #failures = 0
  #state: DiscoveryStatus['state'] = 'idle'
  #message: string | undefined
  #missing: MissingFiles | undefined
  /** Why some of its files cannot be had. */
  #lack: string | undefined
  #stopped = false

  constructor(parts: WebSeedParts) {
    this.#parts = parts
  }

  start(): void {
    this.#join()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#missing?.stop()
    this.#session?.closed('The web seed is not needed any more.')
  }

  status(): DiscoveryStatus {
    const count = this.#missing?.count ?? 0
    const message =
      this.#message ?? (count > 0 ? `${count} files cannot be had from it. ${this.#lack}` : undefined)
    return {
      name: this.#parts.url,
      kind: 'web-seed',
      state: this.#state,
      peers: 0,
      ...(message !== undefined && { message }),
    }
  }

  #join(): void {
    const { world, config, url, asks, swarm, mayReach, egress } = this.#parts
    if (this.#stopped || swarm.content === undefined) return
    if (asks === 'pieces' && swarm.content.content.version !== 'v1') {
      // BEP 17 names content by its v1 hash, and counts pieces as v1 does.
      this.#state = 'off'
      this.#message = 'It knows v1 torrents only.'
      return
    }
    this.#missing ??= new MissingFiles({
      world,
      content: swarm.content.content,
      forgetMs: config.maxRetryMs,
      onForgotten: () => this.#session?.offers(this.#missing!.pieces()),
    })
    const pipe = new WebPipe({
      world,
      config,
      url,
      asks,
      port: swarm.content,
      egress,
      mayReach,
      missing: this.#missing,
      onMissing: ({ message }) => {
        this.#lack = message
      },
      onBlock: () => this.#works(),
      onFailure: failure => this.#failed(failure),
      onClose: reason => this.#closed(reason),
    })
    try {
      const session = swarm.join(pipe.pipe, { peer: url, web: true, extended: false, maxRequestBytes })
      this.#session = session
      this.#state = 'working'
      pipe.begin(session)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      this.#closed(error.message)
    }
  }

  #works(): void {
    if (this.#failures === 0 && this.#state === 'ok') return
    this.#failures = 0
    this.#state = 'ok'
    this.#message = undefined
  }

  #failed({ kind, message, retryMs }: WebFailure): void {
    const { config } = this.#parts
    // What is not there will not be there in a moment.
    if (kind === 'missing' || kind === 'whole-files') this.#retry(message, config.maxRetryMs)
    else this.#retry(message, Math.min(retryMs ?? this.#pause(), config.maxRetryMs))
    this.#session?.closed(message)
  }

  /** The swarm ended it, or would not have it. */
  #closed(reason: string): void {
    this.#session = undefined
    if (this.#stopped) return
    if (this.#parts.swarm.isBanned(this.#parts.url)) {
      this.#timer?.cancel()
      this.#state = 'failed'
      this.#message = `Banned: ${reason}`
    } else if (this.#timer === undefined) this.#retry(reason, this.#pause())
  }

  #pause(): number {
    const { config, world } = this.#parts
    const pause = config.retryMs * 2 ** Math.min(20, this.#failures++)
    return Math.min(pause * (0.75 + world.random.fraction() / 2), config.maxRetryMs)
  }

  #retry(message: string, ms: number): void {
    this.#state = 'failed'
    this.#message = message
    this.#timer?.cancel()
    this.#timer = this.#parts.world.after(ms, () => {
      this.#timer = undefined
      this.#join()
    })
  }
}
