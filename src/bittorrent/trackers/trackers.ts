import { PeerageError, type World } from '../../base/index.ts'
import { type Datagrams, httpRequest } from '../../network/index.ts'
import {
  type AnnounceReply,
  type AnnounceRequest,
  announceUrl,
  decodeAnnounceReply,
} from '../../wire/index.ts'
import { Searches } from '../searches.ts'
import { type AnnouncedContent, Announcer } from './announcer.ts'
import type { TrackersConfig } from './config.ts'
import { UdpTrackers } from './udp-trackers.ts'

export interface TrackersParts {
  readonly world: World
  readonly config: TrackersConfig
  /** Absent: UDP trackers are not asked. */
  readonly datagrams: Datagrams | undefined
  readonly self: { readonly peerId: Uint8Array; readonly port: number; readonly key: number }
  mayReach(ip: string): boolean
}

/** A reply of a tracker that is longer than this is no reply, in bytes. */
const maxReplyBytes = 262_144

/** All trackers of all contents: HTTP(S) and UDP, a bounded number at a time. */
export class Trackers {
  readonly #parts: TrackersParts
  readonly #turns: Searches
  readonly #udp: UdpTrackers | undefined

  constructor(parts: TrackersParts) {
    this.#parts = parts
    this.#turns = new Searches(parts.config.maxAnnounces)
    const { datagrams } = parts
    this.#udp = datagrams && new UdpTrackers({ ...parts, datagrams })
  }

  announce(content: AnnouncedContent): Announcer {
    const { world, config } = this.#parts
    return new Announcer({
      world,
      config,
      content,
      ask: (url, request, signal) => this.#ask(url, { ...request, ...this.#parts.self }, signal),
    })
  }

  stop(): void {
    this.#udp?.stop()
  }

  async #ask(url: string, request: AnnounceRequest, signal: AbortSignal): Promise<AnnounceReply> {
    const { world, config } = this.#parts
    let reply: AnnounceReply | undefined
    await this.#turns.run(async () => {
      const late = new AbortController()
      const timer = world.after(config.timeoutMs, () =>
        late.abort(new PeerageError('network.unreachable', 'The tracker did not answer in time.')),
      )
      const either = AbortSignal.any([signal, late.signal])
      try {
        reply = await (url.startsWith('udp:')
          ? this.#askUdp(url, request, either)
          : this.#askHttp(url, request, either))
      } finally {
        timer.cancel()
      }
    }, signal)
    return reply!
  }

  async #askHttp(url: string, request: AnnounceRequest, signal: AbortSignal): Promise<AnnounceReply> {
    const { mayReach } = this.#parts
    const asked = await httpRequest(announceUrl(url, request), { signal, mayReach })
    const body = await asked.read(maxReplyBytes)
    if (asked.status !== 200 && body[0] !== 0x64)
      throw new PeerageError('peer.protocol', `The tracker answers with HTTP status ${asked.status}.`)
    return decodeAnnounceReply(body)
  }

  #askUdp(url: string, request: AnnounceRequest, signal: AbortSignal): Promise<AnnounceReply> {
    if (this.#udp === undefined)
      return Promise.reject(new PeerageError('network.unreachable', 'There is no UDP socket for it here.'))
    return this.#udp.announce(url, request, signal)
  }
}
