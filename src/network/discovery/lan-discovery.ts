import type { Timer, World } from '../../base/index.ts'
import type { Link } from '../egress/index.ts'
import { ipOf, isLoopbackIp } from '../path.ts'
import { encodeAnnouncement, query, understand } from './announcement.ts'
import type { LinkPort, MulticastGroup } from './link.ts'

/** RFC 6762 sections 3 and 11. */
export const mdnsGroup: MulticastGroup = {
  addresses: { 4: '224.0.0.251', 6: 'ff02::fb' },
  port: 5353,
  hops: 255,
}

export interface LanDiscoveryPorts {
  readonly world: World
  readonly port: LinkPort
  readonly self: string
  readonly intervalMs: number
  readonly maxPeersPerMinute: number
  /** Our full multiaddrs. */
  addresses(): readonly string[]
  /** True when an address is on a network of this machine. */
  isLocal(ip: string): boolean
  onPeer(peer: string, addresses: readonly string[]): void
}

const minuteMs = 60_000
/** One address of the link gets this part of what is believed in a minute: whoever forges leaves room for the others. */
const sourcePart = 1 / 4
/** RFC 6762 section 6: a record is not multicast again on a link within a second. */
const answerIntervalMs = 1_000
const answerDelayMs = 20
const answerSpreadMs = 100
const startQueriesMs = [1_000, 3_000]

/**
 * Finds peers on the local networks. What is heard is hearsay from anyone on the link: it costs at most `maxPeersPerMinute`
 * events a minute, names only addresses on our own networks, and proves nothing.
 */
export class LanDiscovery {
  readonly #ports: LanDiscoveryPorts
  readonly #instance: string
  #answeredAt: number = Number.NEGATIVE_INFINITY
  #askedAt: number = Number.NEGATIVE_INFINITY
  #answering = false
  readonly #timers: Set<Timer> = new Set()
  /** Latest addresses told of each peer heard of in this minute. */
  #told: Map<string, string> = new Map()
  #minuteBegan: number
  #events = 0
  /** By where they came from. */
  #eventsFrom: Map<string, number> = new Map()
  #interval: Timer | undefined
  #stopped = false

  constructor(ports: LanDiscoveryPorts) {
    this.#ports = ports
    this.#minuteBegan = ports.world.now()
    const letters = 'abcdefghijklmnopqrstuvwxyz234567'
    this.#instance = Array.from(ports.world.random.bytes(32), byte => letters[byte & 31]).join('')
  }

  start(): void {
    this.announce()
    this.#ask()
    for (const delay of startQueriesMs) this.#later(delay, () => this.#ask())
    this.#interval = this.#ports.world.every(this.#ports.intervalMs, () => this.#ask())
  }

  /** Tells every link where we are, for example because that changed. */
  announce(): void {
    this.#answeredAt = this.#ports.world.now()
    for (const link of this.#ports.port.links()) this.#answer(link)
  }

  /** Asks now, for somebody who waits for the answer. RFC 6762 section 5.2: not the same question again within a second. */
  lookAround(): void {
    if (!this.#stopped && this.#ports.world.now() - this.#askedAt >= answerIntervalMs) this.#ask()
  }

  stop(): void {
    this.#stopped = true
    this.#interval?.cancel()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** A packet that came from `source`. Never throws. */
  receive(packet: Uint8Array, source: string): void {
    // RFC 6762 section 11: only what comes from the link counts.
    if (this.#stopped || !this.#ports.isLocal(source)) return
    try {
      const heard = understand(packet)
      if (heard?.kind === 'query') this.#answerSoon()
      else if (heard !== undefined) this.#hear(heard.peer, heard.addresses, source)
    } catch {
      // Other services and broken software speak here too.
    }
  }

  #ask(): void {
    this.#askedAt = this.#ports.world.now()
    for (const link of this.#ports.port.links()) this.#ports.port.send(link, query)
  }

  #answerSoon(): void {
    if (this.#answering) return
    this.#answering = true
    const { world } = this.#ports
    const spread = answerDelayMs + world.random.below(answerSpreadMs)
    const delay = Math.max(spread, this.#answeredAt + answerIntervalMs - world.now())
    this.#later(delay, () => {
      this.#answering = false
      this.announce()
    })
  }

  #answer(link: Link): void {
    const here = this.#ports.addresses().filter(address => link.ips.includes(ipOf(address)))
    if (here.length > 0) this.#ports.port.send(link, encodeAnnouncement(this.#instance, here))
  }

  #hear(peer: string, addresses: readonly string[], source: string): void {
    if (peer === this.#ports.self) return
    const fromHere = isLoopbackIp(source)
    const usable = addresses.filter(address => {
      const ip = ipOf(address)
      return isLoopbackIp(ip) ? fromHere : this.#ports.isLocal(ip)
    })
    if (usable.length === 0 || !this.#isNews(peer, usable.join(), source)) return
    this.#ports.onPeer(peer, usable)
  }

  #isNews(peer: string, addresses: string, source: string): boolean {
    const now = this.#ports.world.now()
    if (now - this.#minuteBegan >= minuteMs) {
      this.#minuteBegan = now
      this.#events = 0
      this.#eventsFrom = new Map()
      this.#told = new Map()
    }
    if (this.#told.get(peer)?.split(' ').includes(addresses) === true) return false
    const { maxPeersPerMinute } = this.#ports
    const from = this.#eventsFrom.get(source) ?? 0
    if (this.#events >= maxPeersPerMinute || from >= Math.ceil(maxPeersPerMinute * sourcePart)) return false
    this.#events++
    this.#eventsFrom.set(source, from + 1)
    const told = this.#told.get(peer)
    this.#told.set(peer, told === undefined ? addresses : `${told} ${addresses}`)
    return true
  }

  #later(delayMs: number, action: () => void): void {
    const timer = this.#ports.world.after(delayMs, () => {
      this.#timers.delete(timer)
      action()
    })
    this.#timers.add(timer)
  }
}
