import type { Timer } from '../../base/index.ts'
import type { Path, PeerStream } from '../../network/index.ts'
import { gossipLimits } from '../../wire/index.ts'
import type { GossipHost, GossipNetwork } from './host.ts'

export interface KeeperPorts {
  readonly protocol: string
  /** Whether that peer is talked to now. */
  isOpen(peer: string): boolean
  mayOpen(peer: string): boolean
  take(stream: PeerStream): void
  /** It is known now where a peer listens. */
  settled(): void
}

interface Target {
  /** World.now() from which it may be dialled. */
  nextAt: number
  failures: number
  dialling: boolean
}

/** How long all members of a circle are looked for after a change of it. */
const spreadMs = 30_000
/** When a peer that connected to us has told where it listens. */
const identifyMs = 2_000
/** Everybody who lost its network finds it again at the same moment. */
const movedMs = 2_000
const kind = 'gossip.addresses'

/**
 * Keeps in touch with contacts and with some members of each circle, by dialling them where they were, where they announce themselves
 * on the local networks, and where others say that they are. In a circle each peer dials the first few that it can reach of an order of its
 * own, made by chance: so the members form a random graph, which holds together, and news need few steps. Who brings news dials all.
 */
export class Keeper {
  readonly #host: GossipHost
  readonly #network: GossipNetwork
  readonly #ports: KeeperPorts
  readonly #targets = new Map<string, Target>()
  /** Hearsay about where peers are; what was heard first is forgotten first. */
  readonly #hints = new Map<string, readonly string[]>()
  /** Addresses of the last runs, the longest not seen first. */
  readonly #kept = new Map<string, readonly string[]>()
  /** The place of each peer in the order of this run. */
  readonly #places = new Map<string, number>()
  /** Circles with news, and until when all members are looked for. */
  readonly #spreading = new Map<string, number>()
  readonly #timers = new Set<Timer>()
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #dials = 0

  constructor(host: GossipHost, network: GossipNetwork, ports: KeeperPorts) {
    this.#host = host
    this.#network = network
    this.#ports = ports
    for (const [peer, value] of host.state.entries(kind)) this.#restore(peer, value)
  }

  stop(): void {
    this.#abort.abort(new Error('This peer stops.'))
    this.#timer?.cancel()
    for (const timer of this.#timers) timer.cancel()
  }

  /** Dials whom it is time to dial, and comes back when the next one's time has come. */
  run(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#abort.signal.aborted) return
    const { world, config } = this.#host
    const now = world.now()
    let wait = Number.POSITIVE_INFINITY
    for (const peer of this.#wanted(now)) {
      const target = this.#target(peer)
      if (target.dialling) continue
      if (target.nextAt > now) wait = Math.min(wait, target.nextAt - now)
      else if (this.#dials < config.maxDials) void this.#dial(peer, target)
    }
    if (Number.isFinite(wait)) this.#timer = world.after(wait, () => this.run())
  }

  /** That peer is connected, since just now or for longer. */
  hurry(peer: string, isNew: boolean): void {
    if (this.#abort.signal.aborted || this.#ports.isOpen(peer) || !this.#ports.mayOpen(peer)) return
    const target = this.#target(peer)
    if (!isNew && target.nextAt > this.#host.world.now()) return
    if (!target.dialling && this.#dials < this.#host.config.maxDials) void this.#dial(peer, target)
  }

  /** There is news of where that peer is. */
  heard(peer: string): void {
    const target = this.#targets.get(peer)
    if (target !== undefined) target.nextAt = this.#host.world.now()
    if (!this.#ports.isOpen(peer)) this.run()
  }

  /** This machine has other addresses now. */
  moved(): void {
    const { world } = this.#host
    for (const target of this.#targets.values()) {
      target.nextAt = world.now() + world.random.fraction() * movedMs
      target.failures = 0
    }
    this.run()
  }

  /** Looks for all members of a circle of which there is news. */
  spread(topic: string): void {
    const { world } = this.#host
    const company = [...this.#host.circles()].find(circle => circle.topic === topic)
    if (company === undefined) return
    this.#spreading.set(topic, world.now() + spreadMs)
    for (const peer of company.peers) this.#target(peer).nextAt = world.now()
    this.run()
  }

  /**
   * Takes hearsay, also about peers of whom it is not known yet that they are fellows: the roster may come a moment later. Nobody
   * elsewhere may make us dial our own machine.
   */
  hear(peers: ReadonlyMap<string, readonly string[]>, path: Path): void {
    for (const [peer, addresses] of peers) {
      if (peer === this.#network.peerId) continue
      const known = this.#addresses(peer)
      const good = addresses.map(bare).filter(address => mayTell(address, path))
      if (good.every(address => known.includes(address))) continue
      this.#hints.delete(peer)
      this.#hints.set(peer, good)
      if (this.#hints.size > this.#host.config.maxAddresses)
        this.#hints.delete(this.#hints.keys().next().value!)
      this.heard(peer)
    }
  }

  /** Where those fellows are whom we know to be somewhere, for a peer that came by that path. */
  where(peer: string, fellows: Iterable<string>, path: Path): Map<string, readonly string[]> {
    const out = new Map<string, readonly string[]>()
    for (const fellow of fellows) {
      if (fellow === peer || !this.#ports.isOpen(fellow)) continue
      const addresses = this.#addresses(fellow).filter(address => mayTell(address, path))
      if (addresses.length > 0) out.set(fellow, addresses.slice(0, gossipLimits.addresses))
    }
    return out
  }

  opened(peer: string): void {
    this.#targets.set(peer, { nextAt: 0, failures: 0, dialling: false })
    const timer = this.#host.world.after(identifyMs, () => {
      this.#timers.delete(timer)
      this.keep(peer)
      this.#ports.settled()
    })
    this.#timers.add(timer)
    this.run()
  }

  closed(peer: string): void {
    if (this.#abort.signal.aborted) return
    this.keep(peer)
    const target = this.#targets.get(peer)
    if (target !== undefined) this.#failed(target)
    this.run()
  }

  /** Whom to dial, now or later: contacts, and of each circle as many as are wanted and can be reached. */
  *#wanted(now: number): Iterable<string> {
    const { config } = this.#host
    for (const peer of this.#host.contacts()) if (this.#isMissing(peer)) yield peer
    for (const { topic, peers } of this.#host.circles()) {
      const all = (this.#spreading.get(topic) ?? 0) > now
      let room = all ? peers.length : config.fellows
      for (const peer of this.#inOrder(peers)) {
        if (room === 0) break
        if (this.#ports.isOpen(peer)) room--
        else if (this.#isMissing(peer)) {
          if (this.#target(peer).failures === 0) room--
          yield peer
        }
      }
    }
  }

  #isMissing(peer: string): boolean {
    return (
      peer !== this.#network.peerId &&
      !this.#ports.isOpen(peer) &&
      this.#ports.mayOpen(peer) &&
      this.#network.mayMeet(peer) &&
      this.#addresses(peer).length > 0
    )
  }

  #inOrder(peers: readonly string[]): string[] {
    const place = (peer: string): number => {
      const known = this.#places.get(peer) ?? this.#host.world.random.fraction()
      this.#places.set(peer, known)
      return known
    }
    return peers.toSorted((a, b) => place(a) - place(b))
  }

  #target(peer: string): Target {
    const known = this.#targets.get(peer)
    if (known !== undefined) return known
    const target: Target = { nextAt: 0, failures: 0, dialling: false }
    this.#targets.set(peer, target)
    return target
  }

  async #dial(peer: string, target: Target): Promise<void> {
    this.#dials++
    target.dialling = true
    try {
      const isConnected = this.#network.connections().some(one => one.peer === peer)
      const to = isConnected ? peer : this.#addresses(peer).map(address => `${address}/p2p/${peer}`)
      // It may have moved.
      const how = { signal: this.#abort.signal, seek: true }
      this.#ports.take(await this.#network.open(to, this.#ports.protocol, how))
    } catch {
      // Why does not matter: it is tried again.
      this.#failed(target)
    } finally {
      target.dialling = false
      this.#dials--
    }
    this.run()
  }

  #failed(target: Target): void {
    const { world, config } = this.#host
    const pause = Math.min(config.maxRedialMs, config.redialMs * 2 ** Math.min(20, target.failures))
    target.failures++
    target.nextAt = world.now() + pause * (0.75 + world.random.fraction() / 2)
  }

  /** Without /p2p/, those that were proven first. */
  #addresses(peer: string): string[] {
    const known = this.#network.knownAddresses(peer).map(bare)
    return [...new Set([...known, ...(this.#kept.get(peer) ?? []), ...(this.#hints.get(peer) ?? [])])]
  }

  /** Keeps where a peer is for the next start, when that is news. */
  keep(peer: string): void {
    const { state, config, relation } = this.#host
    const addresses = this.#network.knownAddresses(peer).map(bare).slice(0, gossipLimits.addresses)
    if (addresses.length === 0 || relation(peer) !== 'fellow') return
    if (addresses.join() === this.#kept.get(peer)?.join()) return
    state.put(kind, peer, addresses)
    this.#kept.delete(peer)
    this.#kept.set(peer, addresses)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= config.maxAddresses) break
      this.#kept.delete(oldest)
      state.delete(kind, oldest)
    }
  }

  #restore(peer: string, value: unknown): void {
    if (!Array.isArray(value)) return
    const addresses = value.filter(address => typeof address === 'string')
    this.#kept.set(peer, addresses.slice(0, gossipLimits.addresses))
  }
}

function bare(address: string): string {
  const at = address.lastIndexOf('/p2p/')
  return at < 0 ? address : address.slice(0, at)
}

/** Addresses of a machine itself mean something only on that machine. */
function mayTell(address: string, path: Path): boolean {
  return path === 'loopback' || !/^\/(ip4\/127\.|ip6\/::1\/)/.test(address)
}
