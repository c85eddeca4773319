import type { KeyValue } from '../../access/index.ts'
import { type World, z } from '../../base/index.ts'
import {
  type KademliaConfig,
  KademliaNetwork,
  type KademliaStatus,
  type KeptPeer,
  kademliaConfig,
  type Network,
  orAborted,
  type Validators,
} from '../../network/index.ts'
import type { IpfsRoutingConfig } from './config.ts'

/** The Kademlia network of IPFS. */
export const aminoProtocol = '/ipfs/kad/1.0.0'

export interface AminoParts {
  readonly world: World
  readonly network: Network
  readonly config: Pick<IpfsRoutingConfig, 'dht' | 'bootstrap'>
  /** Peers of the last run are remembered there. */
  readonly state: KeyValue
  readonly validators: Validators
  /** Whether a peer may ask us. */
  mayAsk(peer: string): boolean
  /** Somebody is known to ask, and before nobody was. */
  onEntered?(): void
}

type Node = KademliaNetwork['node']

/** Kind and key of the peers that are remembered. */
const place = ['ipfs', 'kademlia'] as const
/** With fewer peers of the last run the network is entered by the bootstrap peers, too. */
const enoughKept = 8
/** So long the first question waits for somebody to ask; and so long after a try that found nobody there is another. */
const enterMs = 15_000
const lookMs = 200
const retryMs = 60_000
const twoDaysMs = 172_800_000

/** Our part in the Kademlia network of IPFS, which begins with the first use. */
export class Amino {
  readonly #parts: AminoParts
  readonly #stop = new AbortController()
  #kademlia: KademliaNetwork | undefined
  #entering: Promise<void> | undefined
  #enteredAt = Number.NEGATIVE_INFINITY

  constructor(parts: AminoParts) {
    this.#parts = parts
  }

  /** Undefined until it is used. */
  get status(): KademliaStatus | undefined {
    return this.#kademlia?.status
  }

  /** The node, as soon as it knows somebody to ask, or has tried. Undefined when it is switched off. Rejects with `signal.reason`. */
  async open(signal: AbortSignal): Promise<Node | undefined> {
    signal.throwIfAborted()
    const { world, config } = this.#parts
    if (config.dht === 'off' || this.#stop.signal.aborted) return undefined
    const kademlia = this.#begin()
    if (kademlia.status.nodes === 0 && world.now() - this.#enteredAt >= retryMs) {
      this.#enteredAt = world.now()
      this.#entering = this.#enter(kademlia)
    }
    if (kademlia.status.nodes === 0 && this.#entering !== undefined) await orAborted(this.#entering, signal)
    return kademlia.node
  }

  stop(): void {
    this.#stop.abort(new Error('The network stops.'))
    const kademlia = this.#kademlia
    if (kademlia === undefined) return
    const { kept } = kademlia
    kademlia.stop()
    if (kept.length > 0) this.#parts.state.put(...place, kept)
  }

  #begin(): KademliaNetwork {
    if (this.#kademlia !== undefined) return this.#kademlia
    const { world, network, config, validators, state, mayAsk } = this.#parts
    const settings = kademliaConfig.parse({
      mode: config.dht,
      providerMs: twoDaysMs,
      valueMs: twoDaysMs,
    }) as KademliaConfig
    const kademlia = new KademliaNetwork({
      world,
      network,
      config: settings,
      protocol: aminoProtocol,
      foreign: true,
      known: keptPeers(state),
      validators,
      mayAsk,
      onEntered: () => this.#parts.onEntered?.(),
    })
    this.#kademlia = kademlia
    kademlia.start()
    return kademlia
  }

  /** Resolves once somebody answered, or after a while. */
  async #enter(kademlia: KademliaNetwork): Promise<void> {
    const { world, network, config } = this.#parts
    const done = Promise.withResolvers<void>()
    const late = world.after(enterMs, () => done.resolve())
    const look = world.every(lookMs, () => {
      if (kademlia.status.nodes > 0) done.resolve()
    })
    this.#stop.signal.addEventListener('abort', () => done.resolve(), { once: true })
    const kept = keptPeers(this.#parts.state).length
    const { signal } = this.#stop
    const named = kept < enoughKept ? await network.lookUp(config.bootstrap, signal).catch(() => []) : []
    kademlia.meet(named)
    if (kept + named.length > 0) await done.promise
    late.cancel()
    look.cancel()
  }
}

function keptPeers(state: KeyValue): KeptPeer[] {
  const kept = z.object({ peer: z.string().max(128), addresses: z.array(z.string().max(512)).max(16) })
  const parsed = z
    .array(kept)
    .max(64)
    .safeParse(state.get(...place))
  return parsed.success ? parsed.data : []
}
