/** What is tried on a path: UDP payloads in bytes. */
export interface PathLimits {
  readonly first: number
  readonly most: number
  /** Others may share it. On loopback it is only this machine that is late, and nobody to make room for. */
  readonly yields: boolean
}

/**
 * Between programs on one machine a packet costs more than its bytes, and the way takes 64 KiB. But others read no more of one than Ethernet
 * carries: what libtorrent is sent beyond 1,500 bytes it takes for a whole packet and acknowledges, and the rest is missing.
 */
const loopback = /^(127\.|::1$|::ffff:127\.)/

/**
 * IPv6 guarantees 1,280 bytes (1,232 of UDP payload), Ethernet and nearly all tunnels carry 1,400 over IPv4. Ethernet itself
 * has 1,500: 1,472 over IPv4, 1,452 over IPv6.
 */
export function pathLimits(address: string, mostOnLoopback: number): PathLimits {
  const isIpv6 = address.includes(':')
  const first = isIpv6 ? 1_232 : 1_400
  if (loopback.test(address)) return { first, most: Math.max(first, mostOnLoopback), yields: false }
  return { first, most: isIpv6 ? 1_452 : 1_472, yields: true }
}

/** A longer packet is tried after so many of the present size arrived. */
const trust = 32
/** So many time-outs in a row with longer packets than the first ones: the path has changed. */
const doubts = 2

/**
 * How long packets are on one path. Longer ones are tried by padding a packet, which is sent again without it when it does not
 * arrive: so a try that fails costs nothing but itself, and says nothing of congestion. RFC 8899, in small.
 */
export class PacketSize {
  readonly #limits: PathLimits
  #arrived = 0
  #failures = 0
  #tries = 0
  #probing = false
  /** Longest packet to send now, header included. */
  bytes: number

  constructor(limits: PathLimits) {
    this.#limits = limits
    this.bytes = limits.first
  }

  /** The size to try with the next packet, or 0. */
  probe(): number {
    const { most } = this.#limits
    if (this.#probing || this.bytes >= most || this.#tries >= 2 || this.#arrived < trust) return 0
    this.#probing = true
    this.#tries++
    return most
  }

  /** The probe could not be sent after all. */
  unused(): void {
    this.#probing = false
    this.#tries--
  }

  /** A packet of so many bytes arrived, perhaps padded to `probe` bytes. */
  arrived(length: number, probe: number): void {
    this.#failures = 0
    if (probe === 0) this.#arrived += Number(length === this.bytes)
    else this.#ended(() => (this.bytes = probe))
  }

  /** A padded packet did not arrive. */
  failed(): void {
    this.#ended(() => undefined)
  }

  /** Nothing arrives. */
  timedOut(): void {
    if (this.bytes > this.#limits.first && ++this.#failures >= doubts) {
      this.bytes = this.#limits.first
      this.#tries = 2
    }
  }

  #ended(then: () => void): void {
    if (!this.#probing) return
    this.#probing = false
    this.#arrived = 0
    then()
  }
}
