import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import type { KeyValue } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import { codecs, formatName, routingKeyOfName } from '../../content/index.ts'
import { type KademliaStatus, type Network, streamOf, type Validators } from '../../network/index.ts'
import type { ContentRouting, Provider } from '../ports.ts'
import { Amino } from './amino.ts'
import type { IpfsRoutingConfig } from './config.ts'
import { DelegatedRouter } from './delegated-router.ts'
import { Providing } from './providing.ts'

export interface IpfsRoutingParts {
  readonly world: World
  readonly network: Network
  readonly config: IpfsRoutingConfig
  /** What is announced, and peers of the last run, are remembered there. */
  readonly state: KeyValue
  readonly validators: Validators
  /** Whether a peer may ask us where something is. */
  mayAsk(peer: string): boolean
  /** Whether a root is not announced, though it was meant to be; none when left out. */
  isDenied?(root: CID): boolean
}

export interface IpfsRoutingStatus {
  /** Absent until the first use. */
  readonly dht?: KademliaStatus
  /** Roots that are announced again and again, and those of them that stand with others. */
  readonly providing: number
  readonly provided: number
}

/** Records that stand under names, as networks keep them. */
export interface RecordRouting {
  /** Records under a name as they come, each valid by itself; which of them holds is for the caller to say. Throws `signal.reason` only. */
  getRecords(name: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** How many peers and servers took it. Rejects with `signal.reason` only. */
  putRecord(
    name: Uint8Array,
    record: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ peers: number; servers: number }>
  /** Calls `listener` when there is somebody to put records to, and before nobody was. Returns what ends that. */
  onEntered?(listener: () => void): () => void
}

type Tell<Item> = (item: Item) => void

/** All ways of finding who has what in the IPFS network, asked at once; each works alone. Nothing is sent before the first use. */
export class IpfsRouting implements ContentRouting, RecordRouting {
  readonly #parts: IpfsRoutingParts
  readonly #amino: Amino
  readonly #routers: readonly DelegatedRouter[]
  readonly #providing: Providing
  readonly #entered = new Set<() => void>()
  #ends: (() => void)[] = []

  constructor(parts: IpfsRoutingParts) {
    this.#parts = parts
    const { world, network, config, state } = parts
    this.#amino = new Amino({
      ...parts,
      onEntered: () => {
        for (const listener of [...this.#entered]) listener()
      },
    })
    this.#routers = config.servers.map(
      url =>
        new DelegatedRouter({
          world,
          url,
          http: httpOf(network),
          timeoutMs: config.serverTimeoutMs,
          maxProviders: config.maxServerProviders,
        }),
    )
    this.#providing = new Providing({
      world,
      state,
      intervalMs: config.reprovideMs,
      maxKeys: config.maxProvided,
      mayAnnounce: key => parts.isDenied?.(CID.createV1(codecs.raw, Digest.decode(key))) !== true,
      announce: async (key, signal) => (await (await this.#amino.open(signal))?.provide(key, signal)) ?? 0,
    })
  }

  /** Takes part: what is to be announced is announced from now on. */
  start(): void {
    if (this.#ends.length > 0) return
    const { network } = this.#parts
    this.#providing.addressesAre(network.addresses())
    this.#ends = [
      network.on('addresses-changed', ({ addresses }) => this.#providing.addressesAre(addresses)),
      this.onEntered(() => this.#providing.retry()),
    ]
    this.#providing.start()
  }

  stop(): void {
    for (const end of this.#ends) end()
    this.#providing.stop()
    this.#amino.stop()
  }

  onEntered(listener: () => void): () => void {
    this.#entered.add(listener)
    return () => void this.#entered.delete(listener)
  }

  get status(): IpfsRoutingStatus {
    const dht = this.#amino.status
    return {
      ...(dht && { dht }),
      providing: this.#providing.size,
      provided: this.#providing.announced,
    }
  }

  findProviders(cid: CID, signal: AbortSignal): AsyncIterable<Provider> {
    const { peerId } = this.#parts.network
    return this.#merged<Provider>(
      signal,
      async (node, own, tell) => {
        for await (const provider of node.findProviders(cid.multihash.bytes, own))
          if (provider.peer !== peerId) tell(provider)
      },
      (router, own, tell) =>
        router.findProviders(cid, own, provider => {
          if (provider.peer !== peerId) tell(provider)
        }),
    )
  }

  findPeer(peer: string, signal: AbortSignal): AsyncIterable<Provider> {
    return this.#merged<Provider>(
      signal,
      async (node, own, tell) => {
        for await (const addresses of node.findPeer(peer, own)) tell({ peer, addresses })
      },
      (router, own, tell) => router.findPeer(peer, own, tell),
    )
  }

  provide(root: CID): void {
    this.#providing.add(root.multihash.bytes)
  }

  provideOnly(roots: readonly CID[]): void {
    this.#providing.keepOnly(roots.map(({ multihash }) => multihash.bytes))
  }

  withdraw(root: CID): void {
    this.#providing.remove(root.multihash.bytes)
  }

  /** Announces a root at once that is announced anyway. */
  hurry(root: CID): void {
    this.#providing.hurry(root.multihash.bytes)
  }

  /** What could not be announced may be now: what is due is announced at once. */
  retry(): void {
    this.#providing.retry()
  }

  /** When a root was announced last, by the wall clock; 0: not yet. Undefined: it is not announced. */
  announcedAt(root: CID): number | undefined {
    return this.#providing.announcedAt(root.multihash.bytes)
  }

  getRecords(name: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#merged<Uint8Array>(
      signal,
      async (node, own, tell) => {
        const record = await node.getValue(routingKeyOfName(name), own)
        if (record !== undefined) tell(record)
      },
      async (router, own, tell) => {
        const record = await router.getRecord(formatName(name), own)
        if (record !== undefined) tell(record)
      },
    )
  }

  async putRecord(
    name: Uint8Array,
    record: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ peers: number; servers: number }> {
    const atPeers = async (): Promise<number> => {
      const node = await this.#amino.open(signal)
      return (await node?.putValue(routingKeyOfName(name), record, signal)) ?? 0
    }
    const [peers, ...taken] = await Promise.allSettled([
      atPeers(),
      ...this.#routers.map(router => router.putRecord(formatName(name), record, signal)),
    ])
    signal.throwIfAborted()
    return {
      peers: peers?.status === 'fulfilled' ? Number(peers.value) : 0,
      servers: taken.filter(one => one.status === 'fulfilled' && one.value === true).length,
    }
  }

  /** What all ways tell, as it comes; one that fails knows no more. */
  #merged<Item>(
    signal: AbortSignal,
    ofNode: (
      node: NonNullable<Awaited<ReturnType<Amino['open']>>>,
      own: AbortSignal,
      tell: Tell<Item>,
    ) => Promise<void>,
    ofRouter: (router: DelegatedRouter, own: AbortSignal, tell: Tell<Item>) => Promise<void>,
  ): AsyncIterable<Item> {
    return streamOf<Item>(signal, (tell, own) => {
      const fromNode = async (): Promise<void> => {
        const node = await this.#amino.open(own)
        if (node !== undefined) await ofNode(node, own, tell)
      }
      return Promise.allSettled([fromNode(), ...this.#routers.map(router => ofRouter(router, own, tell))])
    })
  }
}

function httpOf(network: Network): Pick<Network, 'egress' | 'mayReach'> {
  return { egress: network.egress, mayReach: ip => network.mayReach(ip) }
}
