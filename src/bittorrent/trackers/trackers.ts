import { isIP } from 'node:net'
import { PeerageError, toHex, type World } from '../../base/index.ts'
import { type Datagrams, type Endpoint, httpRequest, type WayOut } from '../../network/index.ts'
import {
  type AnnounceReply,
  type AnnounceRequest,
  addressText,
  announceUrl,
  decodeAnnounceReply,
  decodeScrapeReply,
  maxUdpScrape,
  type ScrapeReply,
  type SwarmCounts,
  scrapeUrl,
} from '../../wire/index.ts'
import { isPlausible } from '../dht/index.ts'
import { Searches } from '../searches.ts'
import { type AnnouncedContent, Announcer } from './announcer.ts'
import type { TrackersConfig } from './config.ts'
import { Scrapes } from './scrapes.ts'
import { UdpTrackers } from './udp-trackers.ts'

export interface TrackersParts {
  readonly world: World
  readonly config: TrackersConfig
  /** Absent: UDP trackers are not asked. */
  readonly datagrams: Datagrams | undefined
  readonly self: {
    readonly peerId: Uint8Array
    readonly port: number
    readonly key: number
    readonly encryption?: 'off' | 'prefer' | 'require'
  }
  /** Families of the addresses that this machine has; a tracker that has both is told over both (BEP 7). */
  families(): readonly (4 | 6)[]
  mayReach(ip: string): boolean
  readonly egress: WayOut
  /** A tracker at `by` says under which address it sees us (BEP 24). */
  onExternalAddress?(address: string, by: string): void
}

/** What one announce over one address family brought. */
interface Told {
  readonly reply: AnnounceReply
  /** The address of the tracker. */
  readonly by: string
}

type AskArguments = [
  url: string,
  request: AnnounceRequest,
  signal: AbortSignal,
  found: (peers: readonly Endpoint[]) => void,
]

const nothing = (): void => undefined

/** URLs longer than this are refused by many servers; each name takes up to 71 characters. */
const maxHttpScrape = 40

/** All trackers of all contents: HTTP(S) and UDP, a bounded number at a time. */
export class Trackers {
  readonly #parts: TrackersParts
  readonly #turns: Searches
  /** By host: a tracker that hangs takes few of the turns, whatever number of contents name it. */
  readonly #hosts = new Map<string, Searches>()
  /** Farewells on their way, by name and tracker. */
  readonly #goodbyes = new Map<string, Promise<void>>()
  readonly #udp: UdpTrackers | undefined
  readonly #scrapes: Scrapes
  readonly #abort = new AbortController()

  constructor(parts: TrackersParts) {
    this.#parts = parts
    const { world, config, datagrams } = parts
    this.#turns = new Searches(config.maxAnnounces)
    this.#udp = datagrams && new UdpTrackers({ ...parts, datagrams })
    this.#scrapes = new Scrapes({ world, config, ask: (url, names) => this.#scrape(url, names) })
  }

  announce(content: AnnouncedContent): Announcer {
    const { world, config } = this.#parts
    return new Announcer({
      world,
      config,
      content,
      scrapes: this.#scrapes,
      ask: (url, request, signal, found) =>
        this.#inOrder(url, { ...request, ...this.#parts.self }, signal, found),
    })
  }

  stop(): void {
    this.#abort.abort(new Error('stopped'))
    this.#scrapes.stop()
    this.#udp?.stop()
  }

  /** Whoever comes back as soon as it has left is forgotten if the tracker hears of that in the other order. */
  #inOrder(...args: AskArguments): Promise<AnnounceReply> {
    const [url, { infoHash, event }] = args
    const key = `${toHex(infoHash)} ${url}`
    const before = this.#goodbyes.get(key)
    const asked = before === undefined ? this.#ask(...args) : before.then(() => this.#ask(...args))
    if (event !== 'stopped') return asked
    const said = asked.then(nothing, nothing)
    this.#goodbyes.set(key, said)
    void said.then(() => {
      if (this.#goodbyes.get(key) === said) this.#goodbyes.delete(key)
    })
    return asked
  }

  /** Over every address family at once; it works when it works over one. */
  #ask(...[url, request, signal, found]: AskArguments): Promise<AnnounceReply> {
    return this.#inTurn(url, signal, async either => {
      const asked = familiesOf(url, this.#parts.families()).map(async family => {
        const { reply, by } = await (isUdp(url)
          ? this.#udpOrThrow().announce(url, family, request, either)
          : this.#askHttp(url, family, request, either))
        const { externalIp } = reply
        if (externalIp !== undefined) this.#parts.onExternalAddress?.(addressText(externalIp), by)
        found(reply.peers.filter(peer => isPlausible(peer, by)))
        return reply
      })
      const settled = await Promise.allSettled(asked)
      const replies = settled.filter(one => one.status === 'fulfilled').map(one => one.value)
      const [first] = replies
      if (first === undefined) throw (settled[0] as PromiseRejectedResult).reason
      return { ...first, peers: replies.flatMap(reply => reply.peers) }
    })
  }

  async #askHttp(url: string, family: 4 | 6, request: AnnounceRequest, signal: AbortSignal): Promise<Told> {
    const { body, address } = await this.#get(announceUrl(url, request), family, signal)
    return { reply: decodeAnnounceReply(body), by: address }
  }

  /** What a tracker answers over HTTP. Also with another status when it is bencoded: some explain themselves so. */
  async #get(
    url: string,
    family: 4 | 6 | undefined,
    signal: AbortSignal,
  ): Promise<{ body: Uint8Array; address: string }> {
    const { mayReach, egress, config } = this.#parts
    const asked = await httpRequest(url, { signal, egress, mayReach, family })
    const body = await asked.read(config.maxReplyBytes)
    if (asked.status !== 200 && body[0] !== 0x64)
      throw new PeerageError('peer.protocol', `The tracker answers with HTTP status ${asked.status}.`)
    return { body, address: asked.address }
  }

  /** In as many requests as it takes, one after the other. */
  #scrape(url: string, names: readonly Uint8Array[]): Promise<ScrapeReply> {
    const most = isUdp(url) ? maxUdpScrape : maxHttpScrape
    return this.#inTurn(url, this.#abort.signal, async signal => {
      const counts = new Map<string, SwarmCounts>()
      let minInterval = 0
      for (let at = 0; at < names.length; at += most) {
        const some = names.slice(at, at + most)
        const reply = isUdp(url)
          ? await this.#scrapeUdp(url, some, signal)
          : decodeScrapeReply((await this.#get(scrapeUrl(url, some)!, undefined, signal)).body)
        for (const [name, count] of reply.counts) counts.set(name, count)
        minInterval = Math.max(minInterval, reply.minInterval ?? 0)
      }
      return { counts, minInterval }
    })
  }

  async #scrapeUdp(url: string, names: readonly Uint8Array[], signal: AbortSignal): Promise<ScrapeReply> {
    const [family = 4] = familiesOf(url, this.#parts.families())
    const counts = await this.#udpOrThrow().scrape(url, family, names, signal)
    return { counts: new Map(counts.map((count, i) => [toHex(names[i]!), count])) }
  }

  /** Waits for its turn; then the time of one answer begins. */
  async #inTurn<T>(url: string, signal: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { world, config } = this.#parts
    const { host } = new URL(url)
    const ofHost = this.#hosts.get(host) ?? new Searches(config.maxAnnouncesPerTracker)
    this.#hosts.set(host, ofHost)
    const timed = async (): Promise<T> => {
      const late = new AbortController()
      const timer = world.after(config.timeoutMs, () =>
        late.abort(new PeerageError('network.unreachable', 'The tracker did not answer in time.')),
      )
      try {
        return await act(AbortSignal.any([signal, late.signal]))
      } finally {
        timer.cancel()
      }
    }
    try {
      return await ofHost.run(() => this.#turns.run(timed, signal), signal)
    } finally {
      if (ofHost.isIdle && this.#hosts.get(host) === ofHost) this.#hosts.delete(host)
    }
  }

  #udpOrThrow(): UdpTrackers {
    if (this.#udp !== undefined) return this.#udp
    throw new PeerageError('network.unreachable', 'There is no UDP socket for it here.')
  }
}

function isUdp(url: string): boolean {
  return /^udp:/i.test(url)
}

/** Over which families a tracker is asked: an address has one, a name may lead to both. */
function familiesOf(url: string, own: readonly (4 | 6)[]): readonly (4 | 6)[] {
  const family = isIP(new URL(url).hostname.replace(/^\[|\]$/g, ''))
  return family === 0 ? own : [family as 4 | 6]
}
