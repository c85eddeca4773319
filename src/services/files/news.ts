import type { Swarm } from '../../swarm/index.ts'
import type { FilesHost } from './host.ts'

/** Progress is told no more often than this. */
const intervalMs = 200

/** When something last came of one transfer, and how far it is, told now and then. */
export class News {
  /** In the world's monotonic milliseconds. */
  last: number
  readonly #host: FilesHost
  readonly #infoHash: string
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(host: FilesHost, infoHash: string) {
    this.#host = host
    this.#infoHash = infoHash
    this.last = host.world.now()
  }

  came(): void {
    this.last = this.#host.world.now()
  }

  /** A piece was verified. */
  progressed(swarm: Swarm, totalBytes: number): void {
    this.came()
    if (this.last - this.#toldAt < intervalMs) return
    this.#toldAt = this.last
    const { verifiedBytes: bytes, downRate, upRate, peers } = swarm.stats()
    this.#host.emit({
      type: 'transfer.progressed',
      infoHash: this.#infoHash,
      bytes,
      totalBytes,
      downBytesPerSecond: downRate,
      upBytesPerSecond: upRate,
      peers,
    })
  }
}
