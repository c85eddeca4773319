import type { SwarmConfig } from './config.ts'
import type { PeerState } from './peer-state.ts'

export interface VigilParts {
  snub(peer: PeerState): void
  disconnect(peer: PeerState, reason: string): void
  /** We have all that we want. */
  completed(): boolean
}

/** Watches over silent, slow and idle peers; asked once a second, so that no peer needs a timer of its own. */
export class Vigil {
  readonly #config: SwarmConfig
  readonly #parts: VigilParts

  constructor(config: SwarmConfig, parts: VigilParts) {
    this.#config = config
    this.#parts = parts
  }

  watch(peer: PeerState, now: number): void {
    const { config, parts } = { config: this.#config, parts: this.#parts }
    const reason = this.#reasonToPart(peer, now)
    if (reason !== undefined) {
      parts.disconnect(peer, reason)
      return
    }
    if (peer.requests.size > 0 && !peer.snubbed && now - peer.lastBlockAt > config.snubMs) parts.snub(peer)
    if (now - peer.lastSentAt > config.keepAliveMs) {
      peer.lastSentAt = now
      peer.pipe.send({ type: 'keepalive' })
    }
  }

  #reasonToPart(peer: PeerState, now: number): string | undefined {
    const { silenceMs, requestTimeoutMs, maxSendBufferBytes } = this.#config
    const idleMs = peer.isPublic ? this.#config.redundantMs : this.#config.idleMs
    if (now - peer.lastReceivedAt > silenceMs) return 'It has been silent for too long.'
    if (peer.requests.size > 0 && now - Math.max(peer.lastByteAt, peer.lastBlockAt) > requestTimeoutMs)
      return 'It does not answer requests.'
    if (peer.pipe.bufferedBytes > maxSendBufferBytes) return 'It does not read what it is sent.'
    const useless = this.#parts.completed() && (peer.isSeed || peer.uploadOnly)
    if (useless && now - Math.max(peer.joinedAt, peer.lastUploadAt, peer.lastBlockAt) > idleMs)
      return 'There is nothing left to exchange.'
    return undefined
  }
}
