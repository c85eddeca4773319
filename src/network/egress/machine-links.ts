import { machineInterfaces } from '../machine-interfaces.ts'

/** One interface of this machine, in one address family. */
export interface Link {
  readonly name: string
  readonly family: 4 | 6
  /** Addresses of this machine on it. */
  readonly ips: readonly string[]
}

/** Machines with many containers have hundreds of interfaces; Linux lets a socket join 20 groups. */
const maxLinks = 20

/** The interfaces of this machine, loopback included, that have an address. */
export function machineLinks(): Link[] {
  const links: Link[] = []
  for (const [name, entries = []] of Object.entries(machineInterfaces())) {
    for (const family of [4, 6] as const) {
      const ips = entries.filter(entry => entry.family === `IPv${family}`).map(entry => entry.address)
      if (ips.length > 0) links.push({ name, family, ips })
    }
  }
  return links.slice(0, maxLinks)
}
