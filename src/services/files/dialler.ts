import { PeerageError, type World } from '../../base/index.ts'
import type { Network, PeerStream } from '../../network/index.ts'
import { Candidates } from './candidates.ts'
import type { FilesConfig } from './config.ts'

/** How one try to join a member ended. */
export type Greeting = 'joined' | 'refused' | 'unreachable' | 'left'

export interface DiallerOptions {
  readonly world: World
  readonly network: Network
  readonly config: FilesConfig
  readonly protocol: string
  /** Whether more members are wanted now. */
  wants(): boolean
  /** How many members are there now. */
  members(): number
  /** Takes the stream; resolves once it is known whether the other side accepts. */
  greet(stream: PeerStream): Promise<boolean>
  onResult(peer: string, result: Greeting, error?: unknown): void
}

/** Dials the candidates of one content, a few at a time, as long as more members are wanted. */
export class Dialler {
  readonly candidates: Candidates
  readonly #options: DiallerOptions
  readonly #abort = new AbortController()
  readonly #stopListening: () => void
  #dialling = 0
  #timer: { cancel(): void } | undefined

  constructor(options: DiallerOptions) {
    this.#options = options
    this.candidates = new Candidates(options.world, options.config)
    this.#stopListening = options.network.on('network-changed', () => {
      this.candidates.startOver()
      this.run()
    })
  }

  /** Adds what was heard, and dials if there is reason to. */
  add(peer: string, addresses: readonly string[]): void {
    if (peer === this.#options.network.peerId) return
    if (this.candidates.add(peer, addresses)) this.run()
  }

  /** Dials whoever may be dialled now, and comes back when the next one may be. */
  run(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { config, world } = this.#options
    if (this.#abort.signal.aborted || !this.#options.wants()) return
    const room = config.maxSwarmPeers - this.#options.members() - this.#dialling
    for (const { peer, addresses } of this.candidates.take(Math.min(room, config.maxDials - this.#dialling)))
      void this.#dial(peer, addresses)
    const wait = this.candidates.waitMs()
    if (wait !== undefined && room > 0) this.#timer = world.after(Math.max(50, wait), () => this.run())
  }

  stop(): void {
    this.#stopListening()
    this.#timer?.cancel()
    this.#abort.abort()
  }

  async #dial(peer: string, addresses: string[]): Promise<void> {
    const { network, protocol } = this.#options
    this.#dialling++
    const result = await this.#try(async () => {
      network.rememberAddresses(peer, addresses)
      return network.open(peer, protocol, { signal: this.#abort.signal })
    })
    this.#dialling--
    if (result.greeting === 'joined') this.candidates.connected(peer)
    else this.candidates.lost(peer, result.greeting === 'refused')
    if (this.#abort.signal.aborted) return
    this.#options.onResult(peer, result.greeting, result.error)
    this.run()
  }

  async #try(open: () => Promise<PeerStream>): Promise<{ greeting: Greeting; error?: unknown }> {
    try {
      const stream = await open()
      return { greeting: (await this.#options.greet(stream)) ? 'joined' : 'refused' }
    } catch (error) {
      if (!(error instanceof PeerageError) && !this.#abort.signal.aborted && !(error instanceof Error))
        throw error
      return { greeting: 'unreachable', error }
    }
  }
}
