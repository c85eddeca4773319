import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { PeerageError } from '../../base/index.ts'
import { type MachineInterfaces, machineInterfaces } from '../machine-interfaces.ts'

/** An interface as it is now. */
export interface Place {
  /** As the system calls it. */
  readonly device: string
  /** Its number; another one of the same name has another. 0: not known. */
  readonly index: number
  /** Addresses on it, one of each family that it has. */
  readonly ips: { readonly 4?: string; readonly 6?: string }
}

/** The interface that everything leaves through, by its name or by an address on it. */
export class HeldInterface {
  readonly wish: string

  constructor(wish: string) {
    this.wish = wish
  }

  /** Where it is now; undefined while it is down, without an address or not there at all. */
  now(): Place | undefined {
    const found = placeOf(this.wish, machineInterfaces())
    return found && { ...found, index: indexOf(found.device) }
  }

  /** Throws `network.egress-down`. */
  require(): Place {
    const place = this.now()
    if (place !== undefined) return place
    throw egressDown(this.message())
  }

  message(): string {
    return isIP(this.wish) === 0
      ? `The network interface ${this.wish} is not up, so nothing is sent (network.interface).`
      : `No network interface has the address ${this.wish}, so nothing is sent (network.interface).`
  }
}

export function egressDown(message: string, cause?: unknown): PeerageError {
  return new PeerageError('network.egress-down', message, { cause })
}

/** Exported for its test. */
export function placeOf(wish: string, interfaces: MachineInterfaces): Omit<Place, 'index'> | undefined {
  for (const [device, all = []] of Object.entries(interfaces)) {
    // Addresses of one link only can be used only with its name, which other programs of this machine have no use for.
    const entries = all.filter(({ address }) => !/^fe[89ab]/i.test(address))
    if (isIP(wish) === 0 ? device !== wish : !entries.some(({ address }) => address === wish)) continue
    const wanted = isIP(wish) === 0 ? entries : entries.filter(({ address }) => address === wish)
    const first = (family: string): string | undefined =>
      wanted.find(entry => entry.family === family)?.address
    const [ip4, ip6] = [first('IPv4'), first('IPv6')]
    if (ip4 === undefined && ip6 === undefined) return undefined
    return { device, ips: { ...(ip4 !== undefined && { 4: ip4 }), ...(ip6 !== undefined && { 6: ip6 }) } }
  }
  return undefined
}

function indexOf(device: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${device}/ifindex`, 'latin1'))
  } catch {
    return 0
  }
}
