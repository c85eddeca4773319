import { PeerageError } from '../../../base/index.ts'
import { believable, type Found, ipOf, type PeerStream } from '../../../network/index.ts'
import {
  DelimitedReader,
  decodeWhereabouts,
  encodeDelimited,
  encodeWhereabouts,
  whereaboutsLimits,
} from '../../../wire/index.ts'
import { addressOf } from '../address-of.ts'
import { type Asked, gather } from '../gather.ts'
import type { DiscoveryHost, DiscoveryNetwork } from '../host.ts'
import type { ReadRecord } from '../opened-record.ts'
import { topicDiscovery } from '../topic-discovery.ts'
import { netGroup } from './neighbours.ts'
import { OverlayNode, overlayLimits } from './overlay-node.ts'

/** See docs/decisions/019-discovery.md, "The overlay". */
export const overlayProtocol = '/peerage/overlay/1'

const dialMs = 15_000

/** The overlay on the network: a node, and one stream to each of its neighbours. */
export class Overlay {
  readonly node: OverlayNode
  readonly #host: DiscoveryHost
  readonly #network: DiscoveryNetwork
  readonly #streams = new Map<string, PeerStream>()
  readonly #abort = new AbortController()
  readonly #ends: (() => void)[] = []

  constructor(host: DiscoveryHost, network: DiscoveryNetwork, read: ReadRecord) {
    this.#host = host
    this.#network = network
    this.node = new OverlayNode({
      world: host.world,
      self: network.peerId,
      limits: overlayLimits,
      ownRecord: path => network.peerRecord(path),
      read,
      usable: ({ addresses }, teller) =>
        believable({ addresses, teller }).filter(address => network.mayReach(ipOf(address))),
      mayLink: peer => this.#mayLink(peer),
      dial: (peer, addresses) => void this.#dial(peer, addresses),
      send: (peer, message) => {
        const stream = this.#streams.get(peer)
        // Who does not read what it is sent is no neighbour.
        if (stream?.send(encodeDelimited(encodeWhereabouts(message))) === false) this.#drop(stream)
      },
      unlink: peer =>
        void this.#streams
          .get(peer)
          ?.close()
          .catch(() => undefined),
      strangers: () => this.#strangers(),
    })
  }

  get neighbours(): number {
    return this.node.neighbours.joined.length
  }

  start(): void {
    const { node } = this
    const network = this.#network
    network.handle(overlayProtocol, stream => this.#welcome(stream))
    this.#ends.push(
      () => network.unhandle(overlayProtocol),
      network.on('peer-connected', () => node.look()),
      network.on('peer-discovered', () => node.look()),
      network.on('addresses-changed', () => node.moved()),
      network.addDiscovery(
        topicDiscovery({
          name: 'overlay',
          find: (topic, signal) => this.#find(topic, signal),
          announce: (topic, signal) => {
            const end = node.announce(topic)
            signal.addEventListener('abort', end, { once: true })
          },
        }),
      ),
    )
    node.start()
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
    this.node.stop()
    this.#abort.abort(new Error('This peer stops.'))
    for (const stream of this.#streams.values()) stream.abort(new Error('This peer leaves the overlay.'))
  }

  #find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found> {
    const walk: Asked<Found> = (tell, own) =>
      new Promise(resolve => {
        const stop = this.node.search(
          topic,
          ({ peer, addresses }, teller) => tell({ peer, addresses, teller }),
          resolve,
        )
        own.addEventListener('abort', () => {
          stop()
          resolve()
        })
      })
    return gather([walk], signal)
  }

  #mayLink(peer: string): boolean {
    return this.#network.mayMeet(peer) && this.#host.isFor(this.#host.config.overlayFor, peer)
  }

  async #dial(peer: string, addresses: readonly string[]): Promise<void> {
    const { world } = this.#host
    const limit = new AbortController()
    const timer = world.after(dialMs, () => limit.abort(new Error('It took too long.')))
    try {
      const isConnected = this.#network.connections().some(one => one.peer === peer)
      const to = isConnected ? peer : addresses.map(address => `${address.split('/p2p/')[0]}/p2p/${peer}`)
      const signal = AbortSignal.any([limit.signal, this.#abort.signal])
      this.#take(await this.#network.open(to, overlayProtocol, { signal }), true)
    } catch (error) {
      const isNoNode = error instanceof PeerageError && error.code === 'peer.protocol'
      if (!this.#abort.signal.aborted) this.node.failed(peer, isNoNode)
    } finally {
      timer.cancel()
    }
  }

  #welcome(stream: PeerStream): void {
    if (this.#mayLink(stream.peer)) this.#take(stream, false)
    else stream.abort(new Error('not for you'))
  }

  /** Of two streams that both opened at the same moment, both keep that of the lower PeerId. */
  #take(stream: PeerStream, outbound: boolean): void {
    const { peer, path } = stream
    const before = this.#streams.get(peer)
    if (before !== undefined) {
      if (outbound !== this.#network.peerId < peer)
        return void stream.abort(new Error('there is one already'))
      this.#drop(before)
    }
    this.#streams.set(peer, stream)
    const reader = new DelimitedReader(whereaboutsLimits.message)
    stream.onClose(() => this.#ended(stream))
    stream.onEnd(() => this.#drop(stream))
    stream.onData(chunk => {
      try {
        for (const frame of reader.push(chunk)) {
          if (this.#streams.get(peer) !== stream) return
          this.node.receive(peer, decodeWhereabouts(frame))
        }
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
        this.#drop(stream)
      }
    })
    this.node.linked(peer, { outbound, path, group: netGroup(addressOf(this.#network, peer)) })
  }

  #drop(stream: PeerStream): void {
    this.#ended(stream)
    stream.abort(new Error('no neighbour any more'))
  }

  #ended(stream: PeerStream): void {
    if (this.#streams.get(stream.peer) !== stream) return
    this.#streams.delete(stream.peer)
    if (!this.#abort.signal.aborted) this.node.unlinked(stream.peer)
  }

  /** Named by the user, connected, or heard of on the local networks. */
  *#strangers(): Iterable<{ peer: string; addresses: readonly string[] }> {
    const { bootstrap } = this.#host.config
    for (const peer of new Set(bootstrap.map(address => address.split('/p2p/')[1])))
      if (peer !== undefined) yield { peer, addresses: bootstrap.filter(address => address.endsWith(peer)) }
    for (const { peer } of this.#network.connections()) yield { peer, addresses: [] }
    for (const peer of this.#network.discovered())
      yield { peer, addresses: this.#network.knownAddresses(peer) }
  }
}
